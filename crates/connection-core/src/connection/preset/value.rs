//! The values that a preset requires from the spec, and their patterns.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// One of `spec.provider.values`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetValue {
    /// A noun phrase that states the meaning and where to find the value.
    pub description: String,
    /// A valid value, for documentation and tests.
    pub example: String,
    /// Without a default the spec must set the value.
    #[serde(default)]
    pub default: Option<String>,
    pub pattern: ValuePattern,
}

/// The pattern of a value.
///
/// Values become parts of URLs, so each pattern excludes characters that would change the host of a
/// request. There is no pattern for arbitrary text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub enum ValuePattern {
    /// The front part of a host name: one or more DNS labels (`example.my`).
    Labels,
    /// A whole host name: at least two DNS labels (`dev12345.service-now.com`).
    Host,
    /// Letters, digits and hyphens, such as the id of a tenant.
    Id,
    /// A path segment that does not begin with a dot (RFC 3986 section 3.3), such as the id or domain
    /// of a tenant, or a base64url id.
    Segment,
    /// One of these names.
    #[serde(rename = "choices")]
    Choices(BTreeMap<String, Choice>),
}

/// The replacement of a choice in the preset's texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    /// A text for the placeholder with the name of the value.
    Text(String),
    /// Texts by placeholder. All choices of a value have the same placeholders.
    Texts(BTreeMap<String, String>),
}

impl ValuePattern {
    /// Returns the texts of the placeholders if the value `name` is `given`; `None` if it does not
    /// match.
    pub fn read(&self, name: &str, given: &str) -> Option<BTreeMap<String, String>> {
        let fits = match self {
            Self::Labels => is_labels(given, 1),
            Self::Host => is_labels(given, 2),
            Self::Id => is_word(given, 64, b"-"),
            // Excludes `.` and `..`, which URL parsers remove (RFC 3986 section 5.2.4).
            Self::Segment => is_word(given, 128, b"-_.") && !given.starts_with('.'),
            // A choice has texts of its own, which need not fit a pattern.
            Self::Choices(choices) => return choices.get(given).map(|choice| choice.texts(name)),
        };
        fits.then(|| BTreeMap::from([(name.to_owned(), given.to_owned())]))
    }

    /// Returns the placeholders that the value `name` replaces.
    pub fn names<'a>(&'a self, name: &'a str) -> BTreeSet<&'a str> {
        match self {
            Self::Labels | Self::Host | Self::Id | Self::Segment => BTreeSet::from([name]),
            Self::Choices(choices) => {
                choices.values().flat_map(|choice| choice.names(name)).collect()
            }
        }
    }

    /// Describes the pattern as the end of the sentence "write …".
    pub fn describe(&self) -> String {
        match self {
            Self::Labels => {
                "the front part of a host name, without `https://` and without slashes".to_owned()
            }
            Self::Host => "a host name, without `https://` and without slashes".to_owned(),
            Self::Id => "letters, digits and hyphens, at most 64".to_owned(),
            Self::Segment => {
                "letters, digits, hyphens, underscores and dots, at most 128, the first not a dot"
                    .to_owned()
            }
            Self::Choices(choices) => {
                let words: Vec<_> = choices.keys().map(|word| format!("`{word}`")).collect();
                match words.split_last() {
                    Some((last, [])) => last.clone(),
                    Some((last, others)) => format!("{} or {last}", others.join(", ")),
                    None => String::new(),
                }
            }
        }
    }
}

impl Choice {
    fn texts(&self, name: &str) -> BTreeMap<String, String> {
        match self {
            Self::Text(text) => BTreeMap::from([(name.to_owned(), text.clone())]),
            Self::Texts(texts) => texts.clone(),
        }
    }

    fn names<'a>(&'a self, name: &'a str) -> BTreeSet<&'a str> {
        match self {
            Self::Text(_) => BTreeSet::from([name]),
            Self::Texts(texts) => texts.keys().map(String::as_str).collect(),
        }
    }
}

fn is_word(text: &str, longest: usize, further: &[u8]) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || further.contains(&byte))
}

/// Host names have at most 253 characters and labels 63 (RFC 1035 section 2.3.4); the rest of the host
/// name needs some of them. Consecutive hyphens are valid (`example--dev.sandbox.my`).
fn is_labels(text: &str, at_least: usize) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            // Labels begin and end with a letter or digit (RFC 1123 section 2.1).
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 200 && text.split('.').count() >= at_least && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_accepts_matching_values_only() {
        let choices = ValuePattern::Choices(BTreeMap::from([(
            "demo".into(),
            Choice::Text("account-d".into()),
        )]));
        let long = "a".repeat(64);
        for (pattern, value, expected) in [
            (&ValuePattern::Labels, "login", Some("login")),
            (&ValuePattern::Labels, "example--dev.sandbox.my", Some("example--dev.sandbox.my")),
            (&ValuePattern::Labels, "", None),
            (&ValuePattern::Labels, "a..b", None),
            (&ValuePattern::Labels, ".a", None),
            (&ValuePattern::Labels, "-a", None),
            (&ValuePattern::Labels, long.as_str(), None),
            (&ValuePattern::Labels, "https://example.my", None),
            (&ValuePattern::Labels, "evil.example/", None),
            (&ValuePattern::Labels, "evil.example#", None),
            (&ValuePattern::Labels, "user@evil", None),
            (&ValuePattern::Labels, "a:80", None),
            (&ValuePattern::Labels, "a\r\nb", None),
            (&ValuePattern::Labels, "{domain}", None),
            (&ValuePattern::Labels, "bücher", None),
            (&ValuePattern::Host, "dev1.service-now.com", Some("dev1.service-now.com")),
            (&ValuePattern::Host, "dev1", None),
            (&ValuePattern::Host, "dev1.service-now.com/", None),
            (&ValuePattern::Id, "6ba7b810-9dad", Some("6ba7b810-9dad")),
            (&ValuePattern::Id, "a.b", None),
            (&ValuePattern::Id, "", None),
            (&ValuePattern::Segment, "contoso.onmicrosoft.com", Some("contoso.onmicrosoft.com")),
            (&ValuePattern::Segment, "-_9Sz8aB", Some("-_9Sz8aB")),
            (&ValuePattern::Segment, "", None),
            (&ValuePattern::Segment, ".", None),
            (&ValuePattern::Segment, "..", None),
            (&ValuePattern::Segment, "a/b", None),
            (&ValuePattern::Segment, "a%2Fb", None),
            (&ValuePattern::Segment, "a?b", None),
            (&ValuePattern::Segment, "a#b", None),
            (&ValuePattern::Segment, "a@b", None),
            (&ValuePattern::Segment, "a\\b", None),
            (&choices, "demo", Some("account-d")),
            (&choices, "account-d", None),
            (&choices, "Demo", None),
        ] {
            let read = pattern.read("name", value);
            let expected =
                expected.map(|text| BTreeMap::from([("name".to_owned(), text.to_owned())]));
            assert_eq!(read, expected, "{pattern:?} {value:?}");
        }
    }

    #[test]
    fn a_choice_replaces_one_placeholder_or_several() {
        let pattern: ValuePattern = serde_json::from_value(serde_json::json!({
            "choices": {
                "one": { "login": "login.one.example", "api": "api.one.example" },
                "two": { "login": "login.two.example", "api": "api.two.example" },
            }
        }))
        .unwrap();
        let texts = |pairs: [(&str, &str); 2]| {
            pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
        };
        assert_eq!(
            pattern.read("cloud", "two"),
            Some(texts([("login", "login.two.example"), ("api", "api.two.example")]))
        );
        assert_eq!(pattern.read("cloud", "three"), None);
        assert_eq!(pattern.names("cloud"), BTreeSet::from(["api", "login"]));
        assert_eq!(ValuePattern::Id.names("cloud"), BTreeSet::from(["cloud"]));
    }

    #[test]
    fn a_pattern_is_described_as_the_end_of_a_sentence() {
        let choices = |words: &[&str]| {
            let words = words.iter().map(|word| ((*word).to_owned(), Choice::Text(String::new())));
            ValuePattern::Choices(words.collect()).describe()
        };
        assert_eq!(choices(&["a"]), "`a`");
        assert_eq!(choices(&["a", "b"]), "`a` or `b`");
        assert_eq!(choices(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
