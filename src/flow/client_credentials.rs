//! The client's own credentials as the grant (RFC 6749 section 4.4).

use crate::oauth::request::Parameters;

/// Returns the grant's own parameters.
#[must_use]
pub fn parameters(scope: Option<&str>) -> Parameters {
    let mut parameters = Parameters::of_grant("client_credentials");
    if let Some(scope) = scope {
        parameters.add("scope", scope);
    }
    parameters
}
