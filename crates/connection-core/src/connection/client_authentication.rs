//! How a client authenticates at the token endpoint, as `spec.client.authentication` spells it.

use serde::{Deserialize, Serialize};

/// How the client authenticates at the token endpoint. ClientSecretBasic: id and secret in the
/// Authorization header. ClientSecretPost: id and secret in the body. PrivateKeyJWT: a signed JWT
/// (RFC 7523 section 2.2). TLS: the client certificate of `spec.tls` (RFC 8705). None: the id
/// alone. Default: that of the provider's preset, or ClientSecretBasic if secretRef is set,
/// otherwise None.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AuthenticationMethod {
    /// Client id and secret in the Authorization header (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// Client id and secret in the request body (RFC 6749 section 2.3.1).
    ClientSecretPost,
    /// The client id alone: a public client, or a grant that identifies the client.
    #[default]
    None,
    /// A signed JWT (RFC 7523 section 2.2).
    PrivateKeyJWT,
    /// The client certificate of `spec.tls` (RFC 8705 section 2).
    TLS,
}
