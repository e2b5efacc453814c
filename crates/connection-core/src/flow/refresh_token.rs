//! The refresh token as the grant (RFC 6749 section 6).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

/// The `grant_type` of a refresh token (RFC 6749 section 6).
pub const GRANT_TYPE: &str = "refresh_token";

/// Returns the grant's own parameters. `scope` is left out, so the scopes stay those that were
/// consented to.
#[must_use]
pub fn parameters(refresh_token: &SecretString) -> Parameters {
    let mut parameters = Parameters::of_grant(GRANT_TYPE);
    parameters.add("refresh_token", refresh_token.expose_secret());
    parameters
}
