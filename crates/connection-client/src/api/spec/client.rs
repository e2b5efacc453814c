//! `spec.client`.

use connection_core::connection::client_authentication::AuthenticationMethod;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::assertion::AssertionSpec;
use crate::api::spec::reference::OptionalKeyReference;
use crate::api::spec::rule::{forbidden, no_space_at_the_ends, required};

/// The client that is registered at the provider.
#[derive(Clone, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = required("!(self.?authentication.orValue('') in ['ClientSecretBasic', 'ClientSecretPost']) || has(self.secretRef)", ".secretRef",
    "authentication ClientSecretBasic and ClientSecretPost need secretRef: set it to the Secret that holds the client secret"))]
// Only for explicit methods: an unset one follows from secretRef and the preset.
#[x_kube(validation = forbidden("!(self.?authentication.orValue('') in ['PrivateKeyJWT', 'TLS', 'None']) || !has(self.secretRef)", ".secretRef",
    "secretRef is used only by authentication ClientSecretBasic and ClientSecretPost: remove it or change authentication"))]
#[x_kube(validation = forbidden("!has(self.assertion) || self.?authentication.orValue('') == 'PrivateKeyJWT'", ".assertion",
    "assertion is used only by authentication PrivateKeyJWT: set authentication to PrivateKeyJWT or remove assertion"))]
pub struct ClientSpec {
    /// Client identifier (`client_id`, RFC 6749 section 2.2).
    #[schemars(length(min = 1, max = 1024))]
    #[x_kube(validation = no_space_at_the_ends())]
    pub id: String,
    /// Secret that holds the client secret; `key` defaults to `client_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<OptionalKeyReference>,
    /// Authentication method at the token endpoint. Default: that of the preset, otherwise
    /// ClientSecretBasic if secretRef is set, otherwise None.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<AuthenticationMethod>,
    /// The assertion of authentication PrivateKeyJWT. Default: `spec.assertion`. Flow JWT needs
    /// both, because it sends two assertions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<AssertionSpec>,
}
