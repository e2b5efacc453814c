//! What a preset asks for, and what it takes.

use std::collections::BTreeMap;

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
    /// One of these words, which stands for a text in the templates.
    #[serde(rename = "choices")]
    Choices(BTreeMap<String, String>),
}

impl ValuePattern {
    /// Returns what `value` stands for in the templates; `None` where it does not fit.
    #[must_use]
    pub fn read(&self, value: &str) -> Option<String> {
        let fits = match self {
            Self::Labels => is_labels(value, 1),
            Self::Host => is_labels(value, 2),
            Self::Id => {
                (1..=64).contains(&value.len())
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            }
            Self::Choices(choices) => return choices.get(value).cloned(),
        };
        fits.then(|| value.to_owned())
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
            Self::Choices(choices) => {
                let words: Vec<_> = choices.keys().map(|word| format!("`{word}`")).collect();
                words.join(" or ")
            }
        }
    }
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
        let choices = ValuePattern::Choices(BTreeMap::from([("demo".into(), "account-d".into())]));
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
            (&choices, "demo", Some("account-d")),
            (&choices, "account-d", None),
            (&choices, "Demo", None),
        ] {
            assert_eq!(pattern.read(value).as_deref(), expected, "{pattern:?} {value:?}");
        }
    }
}
