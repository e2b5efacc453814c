//! How a client says who it is at the token endpoint (RFC 6749 section 2.3, RFC 7523 section 2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::oauth::parameters::Parameters;

/// The `client_assertion_type` of a JWT (RFC 7523 section 2.2).
pub const JWT_BEARER_CLIENT_ASSERTION: &str =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client's credentials, ready to send.
#[derive(Debug)]
pub enum ClientAuthentication {
    /// Nothing is sent: the grant says who the client is.
    Anonymous,
    /// An assertion in the body (RFC 7521 section 4.2).
    Assertion {
        /// `client_assertion`.
        assertion: SecretString,
        /// `client_assertion_type`.
        assertion_type: String,
        /// `client_id`, where it is to be sent beside the assertion.
        id: Option<String>,
    },
    /// The identifier alone (RFC 6749 section 3.2.1).
    Identified {
        /// `client_id`.
        id: String,
    },
    /// Identifier and secret in the Authorization header (RFC 6749 section 2.3.1).
    SecretBasic {
        /// `client_id`.
        id: String,
        /// `client_secret`.
        secret: SecretString,
    },
    /// Identifier and secret in the body (RFC 6749 section 2.3.1).
    SecretPost {
        /// `client_id`.
        id: String,
        /// `client_secret`.
        secret: SecretString,
    },
}

impl ClientAuthentication {
    /// Returns the value of the Authorization header, where this method uses it. Both parts are
    /// form-encoded first, as RFC 6749 section 2.3.1 says; a space as `%20`, which every server
    /// decodes, unlike `+`.
    #[must_use]
    pub fn authorization(&self) -> Option<SecretString> {
        let Self::SecretBasic { id, secret } = self else { return None };
        let encode = |text: &str| {
            form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
        };
        let pair = SecretString::from(format!("{}:{}", encode(id), encode(secret.expose_secret())));
        Some(format!("Basic {}", STANDARD.encode(pair.expose_secret())).into())
    }

    /// Adds what this method sends in the body.
    pub fn add_to(&self, body: &mut Parameters) {
        match self {
            Self::Anonymous | Self::SecretBasic { .. } => {}
            Self::Assertion { assertion, assertion_type, id } => {
                if let Some(id) = id {
                    body.add("client_id", id);
                }
                body.add("client_assertion_type", assertion_type);
                body.add("client_assertion", assertion.expose_secret());
            }
            Self::Identified { id } => body.add("client_id", id),
            Self::SecretPost { id, secret } => {
                body.add("client_id", id);
                body.add("client_secret", secret.expose_secret());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client of RFC 6749 section 2.3.1.
    fn client(id: &str, secret: &str) -> ClientAuthentication {
        ClientAuthentication::SecretBasic { id: id.to_owned(), secret: secret.into() }
    }

    #[test]
    fn basic_is_what_the_rfc_shows() {
        let header = client("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw").authorization();
        assert_eq!(
            header.map(|one| one.expose_secret().to_owned()).as_deref(),
            Some("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3")
        );
    }

    #[test]
    fn basic_encodes_both_parts_before_it_joins_them() {
        let header = client("a:b", "c d%").authorization();
        let expected = format!("Basic {}", STANDARD.encode("a%3Ab:c%20d%25"));
        assert_eq!(header.map(|one| one.expose_secret().to_owned()), Some(expected));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let printed = format!("{:?}", client("id", "hunter2"));
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
