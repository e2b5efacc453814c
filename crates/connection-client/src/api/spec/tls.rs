//! `spec.tls`: client certificate and truststore.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::{KeystoreReference, OptionalKeyReference};
use crate::api::spec::rule::required;

/// Client certificate and trusted authorities for the provider's endpoints.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = required("!has(self.keyAlias) || has(self.keystoreRef)", ".keystoreRef",
    "keyAlias selects a key of keystoreRef: set keystoreRef or remove keyAlias"))]
#[x_kube(validation = required("!has(self.truststoreMode) || has(self.truststoreRef)", ".truststoreRef",
    "truststoreMode applies to truststoreRef: set truststoreRef or remove truststoreMode"))]
pub struct TlsSpec {
    /// Keystore that holds the client certificate and its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keystore_ref: Option<KeystoreReference>,
    /// Alias of the client key, case-insensitive. Optional if the keystore holds only one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key_alias: Option<String>,
    /// Truststore: `ca.crt`, or `truststore.p12` or `truststore.jks` with `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truststore_ref: Option<OptionalKeyReference>,
    /// Adds the truststore to the public authorities, or replaces them. Default: Add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truststore_mode: Option<TruststoreMode>,
}

/// Use of the truststore. Add (the default): the operator trusts the truststore and the public
/// authorities. Replace: it trusts only the truststore.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum TruststoreMode {
    /// Trusts the truststore and the public authorities.
    Add,
    /// Trusts only the truststore.
    Replace,
}
