//! What the provider sent the browser back with, as far as it is passed on (RFC 6749 section 4.1.2,
//! RFC 9207). Whoever sends a browser here writes it: nothing of it is repeated that is not known.

use secrecy::{ExposeSecret, SecretString};

use crate::web::consent::fields::Fields;

/// The words of `error` that are passed on: RFC 6749 section 4.1.2.1, RFC 8707 section 2, and OpenID
/// Connect Core section 3.1.2.6. Everything else is the provider's own and not repeated.
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

/// What stands for an error that is none of these.
const UNKNOWN: &str = "unknown";

/// What the provider sent the browser back with.
#[derive(Debug)]
pub struct ProviderAnswer {
    /// `state`.
    pub state: Option<SecretString>,
    /// `code`, else the word of `error`.
    pub result: Result<SecretString, &'static str>,
    /// `iss`.
    pub issuer: Option<SecretString>,
}

impl ProviderAnswer {
    /// Reads the query of the redirect URI; none where a parameter is there twice.
    #[must_use]
    pub fn read(query: &[u8]) -> Option<Self> {
        let fields = Fields::read(query)?;
        let value = |name: &str| fields.get(name).cloned();
        let result = match (value("error"), value("code")) {
            (None, Some(code)) => Ok(code),
            (error, _) => Err(word(error.as_ref())),
        };
        Some(Self { state: value("state"), result, issuer: value("iss") })
    }
}

fn word(error: Option<&SecretString>) -> &'static str {
    let said = error.map_or(UNKNOWN, |one| one.expose_secret());
    ERRORS.into_iter().find(|one| *one == said).unwrap_or(UNKNOWN)
}
