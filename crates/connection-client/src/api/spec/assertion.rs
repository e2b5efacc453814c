//! `spec.assertion` and `spec.client.assertion`: the signed JWT.

use std::collections::BTreeMap;

use connection_core::connection::assertion_options::{GeneratedClaim, ScopeIn, Thumbprint};
use connection_core::keys::algorithm::Algorithm;
use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::claims;
use crate::api::spec::reference::{KeystoreReference, OptionalKeyReference, SecretKeyReference};
use crate::api::spec::rule::{forbidden, invalid, no_space_at_the_ends};

/// A JWT that the operator signs for each request, or a static assertion in a Secret.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = invalid("has(self.keystoreRef) != has(self.valueFrom)",
    "set either keystoreRef (the operator signs) or valueFrom (a static assertion)"))]
#[x_kube(validation = forbidden("!has(self.valueFrom) || !(has(self.keyAlias) || has(self.algorithm) || has(self.header) || has(self.lifetimeSeconds) || has(self.generatedClaims) || has(self.claims) || self.?scopeIn.orValue('Body') == 'Claim')", ".valueFrom",
    "a static assertion is sent unchanged: remove keyAlias, algorithm, header, lifetimeSeconds, claims, generatedClaims and scopeIn, or set keystoreRef instead of valueFrom"))]
#[x_kube(validation = forbidden("!has(self.type) || has(self.valueFrom)", ".type",
    "type is used only with valueFrom, because the operator always signs a JWT: remove type"))]
pub struct AssertionSpec {
    /// Claims of the JWT (RFC 7519 section 4). `iss` and `sub` default to the client id. `aud`
    /// defaults to endpoints.issuer, otherwise to the token endpoint. `exp`, `iat`, `jti` and `nbf`
    /// are generated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "claims::schema")]
    #[x_kube(validation = claims::are_not_generated())]
    pub claims: BTreeMap<String, serde_json::Value>,
    /// Claims to generate for each JWT, in addition to `exp`. Default: iat and jti.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    // An option, because an empty list means none and no list means the default.
    pub generated_claims: Option<Vec<GeneratedClaim>>,
    /// Part of the request that contains `spec.scopes`. Default: that of the preset, otherwise Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_in: Option<ScopeIn>,
    /// Seconds from signing to `exp`. Default: that of the preset, otherwise 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86400))]
    pub lifetime_seconds: Option<u32>,
    /// Signature algorithm (RFC 7518 section 3.1, RFC 8037). Default: that of the preset, otherwise
    /// the default for the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "algorithm_schema")]
    pub algorithm: Option<Algorithm>,
    /// Header parameters of the JWT (RFC 7515 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderSpec>,
    /// Keystore that holds the signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keystore_ref: Option<KeystoreReference>,
    /// Alias of the signing key in the keystore, case-insensitive. Optional if the keystore holds
    /// only one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key_alias: Option<String>,
    /// Type of a static assertion (`client_assertion_type` or `grant_type`), for example
    /// `urn:ietf:params:oauth:client-assertion-type:saml2-bearer`. Default: the type of a JWT.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub assertion_type: Option<String>,
    /// A static assertion, read from a Secret for each request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<AssertionSource>,
}

/// Source of a static assertion.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionSource {
    /// Key of a Secret that holds the assertion.
    pub secret_key_ref: SecretKeyReference,
}

/// Header parameters of a JWT.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderSpec {
    /// Certificate thumbprints to send (RFC 7515 sections 4.1.7 and 4.1.8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub thumbprints: Vec<Thumbprint>,
    /// Sends the certificate chain (RFC 7515 section 4.1.6). Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5c: Option<bool>,
    /// Key identifier (RFC 7515 section 4.1.4). Omitted if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    #[x_kube(validation = no_space_at_the_ends())]
    pub kid: Option<String>,
    /// Type of the token (RFC 7515 section 4.1.9). Default: JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub typ: Option<String>,
    /// Certificate for thumbprints and x5c, if it is not in the keystore. It must belong to the
    /// signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_ref: Option<OptionalKeyReference>,
}

fn algorithm_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "description": "Signature algorithm (RFC 7518 section 3.1, RFC 8037). Default: that of the preset, \
            otherwise the default for the key.",
        "enum": Algorithm::ALL.map(Algorithm::as_str),
    })
}
