//! `spec.authorization`: what only the Authorization Code flow needs.

use connection_core::connection::authorization::OnDelete;
use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::parameter::{self, mode_is_query, names_are_free, names_fit};
use crate::api::spec::reference::SecretKeyReference;

/// The person's consent and the grant that comes of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationSpec {
    /// The account that must give consent; any other is refused before anything is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_account: Option<ExpectedAccount>,
    /// A refresh token that one already has, to start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ref: Option<SecretKeyReference>,
    /// Further parameters of the refresh request, by name; those that the operator sets itself are
    /// refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "parameter::schema")]
    #[x_kube(validation = names_are_free(), validation = mode_is_query(), validation = names_fit())]
    pub refresh_parameters: BTreeMap<String, String>,
    /// Refreshes at least this often, in seconds, for grants that die when they are idle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 31_536_000))]
    pub keep_alive_seconds: Option<u32>,
    /// What happens to the grant when the Connection is deleted. Default: Retain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<OnDelete>,
}

/// The account that must give consent.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[x_kube(validation = Rule::new("has(self.email) || has(self.sub)")
    .message("the account is not known: give expectedAccount.email or expectedAccount.sub"))]
pub struct ExpectedAccount {
    /// E-mail address of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 320))]
    pub email: Option<String>,
    /// Subject identifier of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub sub: Option<String>,
}
