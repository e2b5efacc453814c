//! The JWT as an authorization grant (RFC 7523 section 2.1).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

/// The `grant_type` of a JWT (RFC 7523 section 2.1).
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Returns the grant's own parameters; `grant_type` is [`GRANT_TYPE`] but for a ready-made
/// assertion of another type.
#[must_use]
pub fn parameters(grant_type: &str, assertion: &SecretString, scope: Option<&str>) -> Parameters {
    let mut parameters = Parameters::of_grant(grant_type);
    parameters.add("assertion", assertion.expose_secret());
    if let Some(scope) = scope {
        parameters.add("scope", scope);
    }
    parameters
}
