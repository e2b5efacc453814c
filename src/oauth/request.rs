//! A request to a token endpoint (RFC 6749 section 3.2): a form, sent by POST.

use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use zeroize::Zeroize;

use crate::oauth::client_authentication::ClientAuthentication;

/// A request that is ready to send.
#[derive(Debug)]
pub struct TokenRequest {
    /// Where it goes.
    pub endpoint: Url,
    /// The Authorization header, where the client authenticates by one.
    pub authorization: Option<SecretString>,
    /// The body, `application/x-www-form-urlencoded`.
    pub body: SecretString,
}

impl TokenRequest {
    /// Puts a request together: the grant's own parameters, the client's, then the further ones.
    #[must_use]
    pub fn new(
        endpoint: Url,
        mut grant: Parameters,
        client: &ClientAuthentication,
        further: &[(String, SecretString)],
    ) -> Self {
        client.add_to(&mut grant);
        for (name, value) in further {
            grant.add(name, value.expose_secret());
        }
        Self { endpoint, authorization: client.authorization(), body: grant.into_body() }
    }
}

/// The parameters of a form, in order.
pub struct Parameters(form_urlencoded::Serializer<'static, String>);

impl Default for Parameters {
    fn default() -> Self {
        Self(form_urlencoded::Serializer::new(String::new()))
    }
}

impl Parameters {
    /// Starts with `grant_type`.
    #[must_use]
    pub fn of_grant(grant_type: &str) -> Self {
        let mut parameters = Self::default();
        parameters.add("grant_type", grant_type);
        parameters
    }

    /// Adds a parameter.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.append_pair(name, value);
    }

    fn into_body(mut self) -> SecretString {
        let mut body = self.0.finish();
        let secret = SecretString::from(body.as_str());
        body.zeroize();
        secret
    }
}
