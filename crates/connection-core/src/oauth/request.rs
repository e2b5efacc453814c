//! A request to the token endpoint (RFC 6749 section 3.2).

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::oauth::client_authentication::ClientAuthentication;
use crate::oauth::parameters::Parameters;

/// A POST request, ready to send.
#[derive(Debug)]
pub struct TokenRequest {
    pub endpoint: Url,
    /// Value of the Authorization header, if the client authenticates with it.
    pub authorization: Option<SecretString>,
    /// Content type `application/x-www-form-urlencoded`.
    pub body: SecretString,
}

impl TokenRequest {
    /// Combines the parameters of the grant, of the client and additional ones, in this order.
    pub fn new(
        endpoint: Url,
        mut grant: Parameters,
        client: &ClientAuthentication,
        additional: &[(String, SecretString)],
    ) -> Self {
        client.add_to(&mut grant);
        for (name, value) in additional {
            grant.add(name, value.expose_secret());
        }
        Self { endpoint, authorization: client.authorization(), body: grant.into_body() }
    }
}
