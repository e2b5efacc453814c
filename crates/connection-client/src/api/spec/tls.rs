//! `spec.tls`: the SSL connection.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::{KeystoreReference, OptionalKeyReference};
use crate::api::spec::rule::required;

/// Client certificate and trusted authorities for the provider's endpoints.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = required("!has(self.keyAlias) || has(self.keystoreRef)", ".keystoreRef",
    "keyAlias names a key of keystoreRef: give keystoreRef or remove keyAlias"))]
#[x_kube(validation = required("!has(self.truststoreMode) || has(self.truststoreRef)", ".truststoreRef",
    "truststoreMode says how truststoreRef is used: give truststoreRef or remove truststoreMode"))]
pub struct TlsSpec {
    /// Keystore that holds the client certificate and its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keystore_ref: Option<KeystoreReference>,
    /// Alias of the client key, in any case; may be left out where the keystore holds one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key_alias: Option<String>,
    /// Truststore: `ca.crt`, or `truststore.p12` or `truststore.jks` with `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truststore_ref: Option<OptionalKeyReference>,
    /// Whether the truststore adds to the public authorities or replaces them. Default: Add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truststore_mode: Option<TruststoreMode>,
}

/// What the truststore is to the public authorities. Add (the default): both are trusted. Replace:
/// the truststore alone is trusted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum TruststoreMode {
    /// Trusts both.
    Add,
    /// Trusts the truststore alone.
    Replace,
}
