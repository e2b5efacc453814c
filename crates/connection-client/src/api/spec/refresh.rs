//! `spec.refresh`.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// When the token is renewed. Default: at two thirds of its lifetime.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshSpec {
    /// Renews the token this many seconds before its expiry, at most nine tenths of its lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub before_seconds: Option<u32>,
    /// Renews the token at least this often, in seconds. Also the assumed lifetime if the provider
    /// states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub every_seconds: Option<u32>,
}
