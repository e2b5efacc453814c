//! References to Secrets in the namespace of the Connection.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::spec::rule::{secret_key, secret_name};

/// Key of a Secret in the same namespace.
// Atomic: two field managers must not combine the name of one with the key of the other.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretKeyReference {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_name())]
    pub name: String,
    /// Key in the Secret that holds the value.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_key())]
    pub key: String,
}

/// Key of a Secret in the same namespace; `key` is optional.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct OptionalKeyReference {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_name())]
    pub name: String,
    /// Key in the Secret that holds the value. Optional if the Secret has only one candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_key())]
    pub key: Option<String>,
}

/// A Secret in the same namespace.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretReference {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_name())]
    pub name: String,
}

/// A keystore in a Secret of the same namespace: JKS, PKCS#12 or PEM, detected from its content.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[serde(rename_all = "camelCase")]
pub struct KeystoreReference {
    /// Name of the Secret. It holds `tls.crt` and `tls.key`, or `keystore.jks`, `keystore.p12`,
    /// `keystore.pfx` or `keystore.pem`, or the key set in `key`. It also holds `password` if the
    /// keystore has one, and `key-password` if the private key has its own password.
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_name())]
    pub name: String,
    /// Key in the Secret that holds the keystore. Optional if the Secret has one of the well-known
    /// keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_key())]
    pub key: Option<String>,
    /// Key in the Secret that holds the keystore's password. Default: `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_key())]
    pub password_key: Option<String>,
    /// Key in the Secret that holds the password of the private key, if it differs from the
    /// keystore's. Default: `key-password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    #[x_kube(validation = secret_key())]
    pub key_password_key: Option<String>,
}
