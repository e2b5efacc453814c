//! The authorization response (RFC 6749 section 4.1.2, RFC 9207). It is untrusted: anyone can send a
//! browser here, so only known error codes are passed on.

use secrecy::{ExposeSecret, SecretString};

use crate::web::consent::fields::FormFields;

/// The error codes that are passed on: RFC 6749 section 4.1.2.1, RFC 8707 section 2, and OpenID
/// Connect Core section 3.1.2.6.
const ERRORS: [&str; 17] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// Replaces all other error codes.
const UNKNOWN: &str = "unknown";

/// The authorization response.
#[derive(Debug)]
pub struct AuthorizationResponse {
    pub state: Option<SecretString>,
    /// The code, or the error code.
    pub result: Result<SecretString, &'static str>,
    /// The parameter `iss` (RFC 9207).
    pub issuer: Option<SecretString>,
}

impl AuthorizationResponse {
    /// Parses the query of the redirect URI. Returns none if a parameter is repeated.
    #[must_use]
    pub fn parse(query: &[u8]) -> Option<Self> {
        let fields = FormFields::parse(query)?;
        let value = |name: &str| fields.get(name).cloned();
        let result = match (value("error"), value("code")) {
            (None, Some(code)) => Ok(code),
            // A response has either a code or an error (RFC 6749 section 4.1.2.1): do not trust
            // both.
            (error, _) => Err(error_code(error.as_ref())),
        };
        Some(Self { state: value("state"), result, issuer: value("iss") })
    }
}

fn error_code(error: Option<&SecretString>) -> &'static str {
    let code = error.map_or(UNKNOWN, |error| error.expose_secret());
    ERRORS.into_iter().find(|known| *known == code).unwrap_or(UNKNOWN)
}
