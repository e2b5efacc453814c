//! The fields of a query or a form, each at most once.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::form_urlencoded;
use zeroize::Zeroize;

/// The fields of a query or a form. Their values may be secret.
#[derive(Default)]
pub(super) struct Fields(BTreeMap<String, SecretString>);

impl Fields {
    /// Reads the fields; none where one is there twice, which OAuth forbids (RFC 6749 section 3.1).
    #[must_use]
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            let (name, mut value) = (name.into_owned(), value.into_owned());
            let old = fields.insert(name, SecretString::from(value.as_str()));
            value.zeroize();
            if old.is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// A field's value; one that is empty is none (RFC 6749 section 3.1).
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&SecretString> {
        use secrecy::ExposeSecret;
        self.0.get(name).filter(|value| !value.expose_secret().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn fields_are_decoded_and_none_is_there_twice() {
        let fields = Fields::read(b"code=a%2Bb+c&state=&x").unwrap();
        assert_eq!(fields.get("code").unwrap().expose_secret(), "a+b c");
        assert!(fields.get("state").is_none() && fields.get("other").is_none());
        assert!(Fields::read(b"state=a&code=b&state=c").is_none());
        assert!(Fields::read(b"").is_some());
    }
}
