//! Where tokens are requested.

use serde::Serialize;
use url::Url;

/// Where tokens are requested.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Endpoint {
    /// There.
    Url(Url),
    /// Where this issuer's metadata says (RFC 8414).
    FromMetadata(String),
}
