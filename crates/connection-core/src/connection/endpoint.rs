//! Where tokens are requested.

use serde::Serialize;
use url::Url;

/// Where tokens are requested.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Endpoint {
    /// There.
    Given(Url),
    /// Where this issuer's metadata says (RFC 8414).
    OfIssuer(String),
}
