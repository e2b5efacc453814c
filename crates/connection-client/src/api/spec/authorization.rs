//! `spec.authorization`: settings of the Authorization Code flow.

use std::collections::BTreeMap;

use connection_core::connection::authorization::OnDelete;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::parameter::{self, mode_is_query, names_are_free, names_fit};
use crate::api::spec::reference::SecretKeyReference;

/// Settings of the consent and the grant.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationSpec {
    /// The account that must give consent. Other accounts are rejected before anything is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_account: Option<ExpectedAccountSpec>,
    /// Key of a Secret that holds a refresh token to import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ref: Option<SecretKeyReference>,
    /// Additional parameters of the refresh request, by name. Parameters that the operator sets are
    /// rejected.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "parameter::schema")]
    #[x_kube(validation = names_are_free(), validation = mode_is_query(), validation = names_fit())]
    pub refresh_parameters: BTreeMap<String, String>,
    /// Refreshes at least this often, in seconds. For grants that expire when they are not used.
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
    .message("expectedAccount: set email or sub"))]
pub struct ExpectedAccountSpec {
    /// Email address of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // 64 characters, @ and 255 characters (RFC 5321 section 4.5.3.1).
    #[schemars(length(min = 1, max = 320))]
    pub email: Option<String>,
    /// Subject identifier of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // The bound of OpenID Connect Core section 2.
    #[schemars(length(min = 1, max = 255))]
    pub sub: Option<String>,
}
