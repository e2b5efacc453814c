//! What a provider requires of a client.

use serde::Deserialize;

use crate::connection::client_authentication::AuthenticationMethod;

/// The client and how it authenticates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PresetClient {
    /// How the client authenticates if the spec does not set it.
    pub authentication: AuthenticationMethod,
    /// The provider rejects a request without a client secret, so the spec must name one.
    pub secret_required: bool,
    /// A client that authenticates with [`AuthenticationMethod::None`] or
    /// [`AuthenticationMethod::PrivateKeyJWT`] sends `client_id` in the body (RFC 6749 section
    /// 3.2.1, RFC 7521 section 4.2). Otherwise the assertion alone identifies it.
    pub send_id: bool,
}
