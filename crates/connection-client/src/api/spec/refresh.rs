//! `spec.refresh`.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// When the token is renewed. Default: at two thirds of its lifetime.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshSpec {
    /// Seconds before the expiry at which the token is renewed; at most nine tenths of its
    /// lifetime count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub before_seconds: Option<u32>,
    /// Renews at least this often, in seconds; also the lifetime that is assumed where the
    /// provider names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub every_seconds: Option<u32>,
}
