//! What a token Secret remembers of its token: when it ends and what it was made from.
//! It stands in an annotation, so it holds nothing secret and is read without reading the token.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::digest::Digest;
use crate::oauth::expiry::ExpirySource;

/// What a token Secret remembers of its token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRecord {
    /// When the token was received.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How the expiry is known.
    pub expiry_source: ExpirySource,
    /// The type that the provider names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The scopes that the provider granted, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Where it was requested.
    pub token_endpoint: String,
    /// Address of the provider's API, where it returns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_url: Option<String>,
    /// Alias of the signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_alias: Option<String>,
    /// When the certificate of the signing key expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_not_after: Option<Timestamp>,
    /// The digest of the request's part of the spec.
    pub request: Digest,
    /// The digest of the secrets that the request used, made with `salt`; no passwords go in.
    #[serde(alias = "material")]
    pub inputs_digest: Digest,
    /// The salt of `inputs_digest`.
    pub salt: Digest,
    /// The versions of the Secrets that the request used, by name.
    pub inputs: Versions,
    /// The digest of what decides the Secret's data beside the answer: format and prefix.
    #[serde(alias = "form")]
    pub data_digest: Digest,
    /// The digest of the further labels and annotations.
    #[serde(alias = "dress")]
    pub metadata_digest: Digest,
    /// The digest of the names of the Secret's data; none until they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Digest>,
    /// The requests for a renewal that this token answers.
    #[serde(default, alias = "answers")]
    pub handled_renewals: HandledRenewals,
    /// The number of the answer in the grant's life, where the token came of a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_serial: Option<u64>,
}

/// Requests for a renewal, by the digests of the annotations' values.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HandledRenewals {
    /// The operator's own annotation.
    #[serde(default, alias = "renewAt", skip_serializing_if = "Option::is_none")]
    pub renew_requested_at: Option<Digest>,
    /// Flux's annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconcile_at: Option<Digest>,
}

/// Versions of Secrets by name: the uid and the resource version of each.
pub type Versions = BTreeMap<String, String>;

impl TokenRecord {
    /// Reads the annotation; one that cannot be read is as good as none: a token is requested.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The digest of the names of a Secret's data, in any order.
    #[must_use]
    pub fn digest_of_keys<'a>(names: impl Iterator<Item = &'a str>) -> Digest {
        Digest::of(&names.collect::<BTreeSet<_>>())
    }

    /// The annotation's text.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
