//! The token or authorization endpoint of a spec.

use serde::Serialize;
use url::Url;

/// How an endpoint is found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Endpoint {
    /// The spec or the preset sets it.
    Url(Url),
    /// The metadata of this issuer names it (RFC 8414).
    FromMetadata(String),
}
