//! The client's own credentials as the grant (RFC 6749 section 4.4).

use crate::oauth::parameters::Parameters;

/// The `grant_type` of the client's own credentials (RFC 6749 section 4.4.2).
pub const GRANT_TYPE: &str = "client_credentials";

/// Returns the grant's own parameters; `grant_type` is [`GRANT_TYPE`] but for a provider that has
/// a name of its own for it.
#[must_use]
pub fn parameters(grant_type: &str, scope: Option<&str>) -> Parameters {
    let mut parameters = Parameters::of_grant(grant_type);
    if let Some(scope) = scope {
        parameters.add("scope", scope);
    }
    parameters
}
