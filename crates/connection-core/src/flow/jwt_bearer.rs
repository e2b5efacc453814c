//! The JWT bearer grant (RFC 7523 section 2.1).

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::parameters::Parameters;

pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// `grant_type` is [`GRANT_TYPE`], unless a static assertion has another type.
pub fn parameters(grant_type: &str, assertion: &SecretString, scope: Option<&str>) -> Parameters {
    let mut parameters = Parameters::with_grant_type(grant_type);
    parameters.add("assertion", assertion.expose_secret());
    if let Some(scope) = scope {
        parameters.add("scope", scope);
    }
    parameters
}
