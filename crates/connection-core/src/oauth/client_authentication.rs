//! Client authentication at the token endpoint (RFC 6749 section 2.3, RFC 7523 section 2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::oauth::parameters::Parameters;

/// The `client_assertion_type` of a JWT (RFC 7523 section 2.2).
pub const JWT_BEARER_CLIENT_ASSERTION: &str =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credentials that a request sends for the client.
#[derive(Debug)]
pub enum ClientAuthentication {
    /// Sends nothing: the grant identifies the client.
    None,
    /// Sends an assertion in the body (RFC 7521 section 4.2), and `client_id` if set.
    Assertion { assertion: SecretString, assertion_type: String, id: Option<String> },
    /// Sends only `client_id` (RFC 6749 section 3.2.1).
    Public { id: String },
    /// Sends `client_id` and the secret in the Authorization header (RFC 6749 section 2.3.1).
    ClientSecretBasic { id: String, secret: SecretString },
    /// Sends `client_id` and the secret in the body (RFC 6749 section 2.3.1).
    ClientSecretPost { id: String, secret: SecretString },
}

impl ClientAuthentication {
    /// Returns the value of the Authorization header, if the method uses it.
    ///
    /// Form-encodes both parts first (RFC 6749 section 2.3.1). Encodes a space as `%20`, because
    /// some servers do not decode `+`.
    pub fn authorization(&self) -> Option<SecretString> {
        let Self::ClientSecretBasic { id, secret } = self else { return None };
        let encode = |text: &str| {
            form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
        };
        let pair = SecretString::from(format!("{}:{}", encode(id), encode(secret.expose_secret())));
        Some(format!("Basic {}", STANDARD.encode(pair.expose_secret())).into())
    }

    /// Adds the parameters that the method sends in the body.
    pub fn add_to(&self, body: &mut Parameters) {
        match self {
            // RFC 6749 section 2.3: a client uses one method per request.
            Self::None | Self::ClientSecretBasic { .. } => {}
            Self::Assertion { assertion, assertion_type, id } => {
                if let Some(id) = id {
                    body.add("client_id", id);
                }
                body.add("client_assertion_type", assertion_type);
                body.add("client_assertion", assertion.expose_secret());
            }
            Self::Public { id } => body.add("client_id", id),
            Self::ClientSecretPost { id, secret } => {
                body.add("client_id", id);
                body.add("client_secret", secret.expose_secret());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str) -> ClientAuthentication {
        ClientAuthentication::ClientSecretBasic { id: id.to_owned(), secret: secret.into() }
    }

    #[test]
    fn basic_matches_the_example_of_rfc_6749() {
        let header = client("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw").authorization();
        assert_eq!(
            header.map(|header| header.expose_secret().to_owned()).as_deref(),
            Some("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3")
        );
    }

    #[test]
    fn basic_encodes_both_parts_before_joining_them() {
        let header = client("a:b", "c d%").authorization();
        let expected = format!("Basic {}", STANDARD.encode("a%3Ab:c%20d%25"));
        assert_eq!(header.map(|header| header.expose_secret().to_owned()), Some(expected));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let printed = format!("{:?}", client("id", "hunter2"));
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
