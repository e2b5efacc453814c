//! The grant `client_credentials` (RFC 6749 section 4.4).

use crate::oauth::parameters::Parameters;

pub const GRANT_TYPE: &str = "client_credentials";

/// `grant_type` is [`GRANT_TYPE`], unless the provider uses another name.
pub fn parameters(grant_type: &str, scope: Option<&str>) -> Parameters {
    let mut parameters = Parameters::with_grant_type(grant_type);
    if let Some(scope) = scope {
        parameters.add("scope", scope);
    }
    parameters
}
