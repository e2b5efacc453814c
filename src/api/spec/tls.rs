//! `spec.tls`: the SSL connection.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::{KeystoreReference, OptionalKeyReference};

/// Client certificate and trusted authorities for the provider's endpoints.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.keyAlias) || has(self.keystoreRef)")
    .message("keyAlias names a key of keystoreRef: add keystoreRef"))]
#[x_kube(validation = Rule::new("!has(self.truststoreMode) || has(self.truststoreRef)")
    .message("truststoreMode says how truststoreRef is used: add truststoreRef"))]
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

/// What a truststore does to the public authorities.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum TruststoreMode {
    /// Trusts both.
    Add,
    /// Trusts the truststore alone.
    Replace,
}
