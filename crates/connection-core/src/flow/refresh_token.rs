//! The grant `refresh_token` (RFC 6749 section 6).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

pub const GRANT_TYPE: &str = "refresh_token";

/// Omits `scope`, so the token keeps the consented scopes.
pub fn parameters(refresh_token: &SecretString) -> Parameters {
    let mut parameters = Parameters::with_grant_type(GRANT_TYPE);
    parameters.add("refresh_token", refresh_token.expose_secret());
    parameters
}
