//! Form-encoded request parameters.

use secrecy::SecretString;
use url::form_urlencoded;
use zeroize::Zeroize;

/// The parameters of a form, in the order of sending.
pub struct Parameters(form_urlencoded::Serializer<'static, String>);

impl Default for Parameters {
    fn default() -> Self {
        Self(form_urlencoded::Serializer::new(String::new()))
    }
}

impl Parameters {
    pub fn with_grant_type(grant_type: &str) -> Self {
        let mut parameters = Self::default();
        parameters.add("grant_type", grant_type);
        parameters
    }

    pub fn add(&mut self, name: &str, value: &str) {
        self.0.append_pair(name, value);
    }

    /// Returns the form as `application/x-www-form-urlencoded`.
    pub(super) fn into_body(mut self) -> SecretString {
        let mut body = self.0.finish();
        let secret = SecretString::from(body.as_str());
        body.zeroize();
        secret
    }
}
