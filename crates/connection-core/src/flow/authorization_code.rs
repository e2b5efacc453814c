//! The grant `authorization_code` (RFC 6749 section 4.1.3).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

pub const GRANT_TYPE: &str = "authorization_code";

/// An authorization code with the parameters that its exchange repeats.
#[derive(Debug)]
pub struct Code {
    pub code: SecretString,
    /// The same value as in the authorization request.
    pub redirect_uri: String,
    /// RFC 7636 section 4.5; set if the authorization request had a challenge.
    pub code_verifier: Option<SecretString>,
}

pub fn parameters(code: &Code) -> Parameters {
    let mut parameters = Parameters::with_grant_type(GRANT_TYPE);
    parameters.add("code", code.code.expose_secret());
    // Required because the authorization request had it (RFC 6749 section 4.1.3).
    parameters.add("redirect_uri", &code.redirect_uri);
    if let Some(verifier) = &code.code_verifier {
        parameters.add("code_verifier", verifier.expose_secret());
    }
    parameters
}
