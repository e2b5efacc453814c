//! The code that a person's consent brings, as the grant (RFC 6749 section 4.1.3).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

/// The `grant_type` of an authorization code (RFC 6749 section 4.1.3).
pub const GRANT_TYPE: &str = "authorization_code";

/// A code and what it was asked for with.
#[derive(Debug)]
pub struct Code {
    /// `code`.
    pub code: SecretString,
    /// `redirect_uri`, as the authorization request had it.
    pub redirect_uri: String,
    /// `code_verifier` (RFC 7636 section 4.5), where there was a challenge.
    pub code_verifier: Option<SecretString>,
}

/// Returns the grant's own parameters.
#[must_use]
pub fn parameters(code: &Code) -> Parameters {
    let mut parameters = Parameters::of_grant(GRANT_TYPE);
    parameters.add("code", code.code.expose_secret());
    parameters.add("redirect_uri", &code.redirect_uri);
    if let Some(verifier) = &code.code_verifier {
        parameters.add("code_verifier", verifier.expose_secret());
    }
    parameters
}
