//! What a provider wants from a client.

use serde::Deserialize;

/// The client and how it proves itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetClient {
    /// How the client authenticates where the spec does not say.
    pub authentication: PresetAuthentication,
    /// Whether a request without a client secret is refused, so that the spec has to name one.
    pub secret_required: bool,
    /// Whether a client that authenticates with [`PresetAuthentication::None`] or
    /// [`PresetAuthentication::PrivateKeyJWT`] names itself by `client_id` in the body (RFC 6749
    /// section 3.2.1, RFC 7521 section 4.2); where it does not, the assertion alone tells who asks.
    pub send_id: bool,
}

/// How a client authenticates (OpenID Connect Core section 9, RFC 8705), as
/// `spec.client.authentication` spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub enum PresetAuthentication {
    /// `client_secret_post`: id and secret in the body.
    ClientSecretPost,
    /// `client_secret_basic`: id and secret in a header.
    ClientSecretBasic,
    /// `private_key_jwt`: a signed JWT.
    PrivateKeyJWT,
    /// `tls_client_auth`: the certificate of the connection.
    TLS,
    /// `none`: not at all.
    #[default]
    None,
}

impl PresetAuthentication {
    /// Returns the method as `spec.client.authentication` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretPost => "ClientSecretPost",
            Self::ClientSecretBasic => "ClientSecretBasic",
            Self::PrivateKeyJWT => "PrivateKeyJWT",
            Self::TLS => "TLS",
            Self::None => "None",
        }
    }
}
