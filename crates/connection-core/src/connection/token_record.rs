//! The record of a token: its expiry and the inputs of its request. It is an annotation of the token
//! Secret, so it contains no secret and is available without reading the Secret's data.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::digest::Digest;
use crate::oauth::expiry::ExpirySource;

/// The record of a token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRecord {
    /// When the token response was received.
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub expiry_source: ExpirySource,
    /// `token_type` of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The granted scopes, if the response states them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    pub token_endpoint: String,
    /// URL of the provider's API, if the response contains one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_url: Option<String>,
    /// Alias of the signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_alias: Option<String>,
    /// When the certificate of the signing key expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_not_after: Option<Timestamp>,
    /// Digest of the part of the spec that defines the request.
    pub request: Digest,
    /// Salted digest of the secrets that the request used, without keystore passwords.
    #[serde(alias = "material")]
    pub inputs_digest: Digest,
    /// Salt of `inputs_digest`.
    pub salt: Digest,
    /// Versions of the Secrets that the request used.
    pub inputs: Versions,
    /// Digest of the format and the header prefix of the Secret's data.
    #[serde(alias = "form")]
    pub data_digest: Digest,
    /// Digest of the labels and annotations of `spec.secret`.
    #[serde(alias = "dress")]
    pub metadata_digest: Digest,
    /// Digest of the key names of the Secret's data; none until it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Digest>,
    /// The renewal requests that this token handles.
    #[serde(default, alias = "answers")]
    pub handled_renewals: HandledRenewals,
    /// Serial of the grant's response; none for a token without a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_serial: Option<u64>,
}

/// Handled renewal requests: digests of the annotations' values.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HandledRenewals {
    /// `connection-operator.io/renew-requested-at`.
    #[serde(default, alias = "renewAt", skip_serializing_if = "Option::is_none")]
    pub renew_requested_at: Option<Digest>,
    /// `reconcile.fluxcd.io/requestedAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconcile_at: Option<Digest>,
}

/// Uid and resource version of Secrets, by name.
pub type Versions = BTreeMap<String, String>;

impl TokenRecord {
    /// Parses the annotation. An invalid one reads as absent: a token is requested.
    pub fn from_annotation(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the digest of the key names of a Secret's data, in any order.
    pub fn keys_digest<'a>(names: impl Iterator<Item = &'a str>) -> Digest {
        Digest::from_json(&names.collect::<BTreeSet<_>>())
    }

    pub fn to_annotation(&self) -> String {
        // Cannot fail: no map in the record has keys that are not strings.
        serde_json::to_string(self).unwrap_or_default()
    }
}
