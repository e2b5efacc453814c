//! A request to a token endpoint (RFC 6749 section 3.2): a form, sent by POST.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::oauth::client_authentication::ClientAuthentication;
use crate::oauth::parameters::Parameters;

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
