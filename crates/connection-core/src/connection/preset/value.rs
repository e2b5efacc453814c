//! What a preset asks for, and what it takes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// One of `spec.provider.values`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetValue {
    /// What it is and where to find it, as a noun phrase.
    pub description: String,
    /// One that fits, for documentation and tests.
    pub example: String,
    /// What it is where the spec has none; without a default the spec has to have one.
    #[serde(default)]
    pub default: Option<String>,
    /// What it may look like.
    pub pattern: ValuePattern,
}

/// What a value may look like.
///
/// A value goes into URLs, so each pattern keeps out what would lead a request to another host:
/// there is none for just any text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub enum ValuePattern {
    /// The front part of a host name: one or more DNS labels (`example.my`).
    Labels,
    /// A whole host name: at least two DNS labels (`dev12345.service-now.com`).
    Host,
    /// Letters, digits and hyphens: an id such as a tenant's or an enterprise's.
    Id,
    /// A segment of a URL's path that is none of dots (RFC 3986 section 3.3): a tenant's id or
    /// domain, an id in the alphabet of base64url.
    Segment,
    /// One of these words.
    #[serde(rename = "choices")]
    Choices(BTreeMap<String, Choice>),
}

/// What a word stands for in the templates.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    /// A text, under the name of the value itself.
    Text(String),
    /// Several texts, each under a name of its own; every word of a value has the same names.
    Texts(BTreeMap<String, String>),
}

impl ValuePattern {
    /// Returns what the value `name` stands for in the templates where it is `given`, by the names
    /// there; `None` where it does not fit.
    #[must_use]
    pub fn read(&self, name: &str, given: &str) -> Option<BTreeMap<String, String>> {
        let fits = match self {
            Self::Labels => is_labels(given, 1),
            Self::Host => is_labels(given, 2),
            Self::Id => is_word(given, 64, b"-"),
            Self::Segment => is_word(given, 128, b"-_.") && !given.starts_with('.'),
            Self::Choices(choices) => return choices.get(given).map(|choice| choice.texts(name)),
        };
        fits.then(|| BTreeMap::from([(name.to_owned(), given.to_owned())]))
    }

    /// Returns the names in the templates that the value `name` has texts for.
    #[must_use]
    pub fn names<'a>(&'a self, name: &'a str) -> BTreeSet<&'a str> {
        match self {
            Self::Labels | Self::Host | Self::Id | Self::Segment => BTreeSet::from([name]),
            Self::Choices(choices) => {
                choices.values().flat_map(|choice| choice.names(name)).collect()
            }
        }
    }

    /// Returns what fits, as the end of the sentence "write …".
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Labels => {
                "the front part of a host name, without `https://` and without slashes".to_owned()
            }
            Self::Host => "a host name, without `https://` and without slashes".to_owned(),
            Self::Id => "letters, digits and hyphens, at most 64".to_owned(),
            Self::Segment => {
                "letters, digits, hyphens, underscores and dots, at most 128, the first no dot"
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

/// Host names have at most 253 characters and labels 63 (RFC 1035 section 2.3.4); what follows in a
/// template needs some of them. Hyphens may stand in pairs (`example--dev.sandbox.my`).
fn is_labels(text: &str, at_least: usize) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
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
    fn a_pattern_takes_what_fits_and_nothing_else() {
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
    fn a_word_stands_for_one_text_or_for_several() {
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
    fn what_fits_is_told_as_the_end_of_a_sentence() {
        let choices = |words: &[&str]| {
            let words = words.iter().map(|word| ((*word).to_owned(), Choice::Text(String::new())));
            ValuePattern::Choices(words.collect()).describe()
        };
        assert_eq!(choices(&["a"]), "`a`");
        assert_eq!(choices(&["a", "b"]), "`a` or `b`");
        assert_eq!(choices(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
