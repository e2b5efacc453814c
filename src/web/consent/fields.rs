//! The parameters of a query or a form, each at most once.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::form_urlencoded;
use zeroize::Zeroize;

/// The parameters of a query or a form. Their values may be secret.
#[derive(Default)]
pub(super) struct FormFields(BTreeMap<String, SecretString>);

impl FormFields {
    /// Returns none if a parameter is repeated, which OAuth forbids (RFC 6749 section 3.1).
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            let (name, mut value) = (name.into_owned(), value.into_owned());
            let old = fields.insert(name, SecretString::from(value.as_str()));
            // `SecretString` copies the text, so erase the original.
            value.zeroize();
            if old.is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// Returns none for an empty value, too (RFC 6749 section 3.1).
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
    fn fields_are_decoded_and_repeated_fields_are_rejected() {
        let fields = FormFields::parse(b"code=a%2Bb+c&state=&x").unwrap();
        assert_eq!(fields.get("code").unwrap().expose_secret(), "a+b c");
        assert!(fields.get("state").is_none() && fields.get("other").is_none());
        assert!(FormFields::parse(b"state=a&code=b&state=c").is_none());
        assert!(FormFields::parse(b"").is_some());
    }
}
