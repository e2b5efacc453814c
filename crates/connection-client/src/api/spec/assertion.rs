//! `spec.assertion` and `spec.client.assertion`: the signed JWT.

use connection_core::connection::assertion_options::{GeneratedClaim, ScopeIn, Thumbprint};
use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::claims;
use crate::api::spec::reference::{KeystoreReference, OptionalKeyReference, SecretKeyReference};
use crate::api::spec::rule::{forbidden, invalid, no_space_at_the_ends};
use connection_core::keys::algorithm::Algorithm;

/// A JWT that is signed anew for every request, or one that stands in a Secret.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = invalid("has(self.keystoreRef) != has(self.valueFrom)",
    "give keystoreRef (the operator signs) or valueFrom (a ready-made assertion), and not both"))]
#[x_kube(validation = forbidden("!has(self.valueFrom) || !(has(self.keyAlias) || has(self.algorithm) || has(self.header) || has(self.lifetimeSeconds) || has(self.generatedClaims) || has(self.claims) || self.?scopeIn.orValue('Body') == 'Claim')", ".valueFrom",
    "a ready-made assertion is sent as it is: remove keyAlias, algorithm, header, lifetimeSeconds, claims, generatedClaims and scopeIn, or let the operator sign (keystoreRef in place of valueFrom)"))]
#[x_kube(validation = forbidden("!has(self.type) || has(self.valueFrom)", ".type",
    "type goes with valueFrom, since what the operator signs is always a JWT: remove type"))]
pub struct AssertionSpec {
    /// Claims of the JWT (RFC 7519 section 4). `iss` and `sub` default to the client id, `aud` to
    /// the issuer where one is set, else to the token endpoint. `exp`, `iat`, `jti` and `nbf` are
    /// generated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "claims::schema")]
    #[x_kube(validation = claims::are_not_generated())]
    pub claims: BTreeMap<String, serde_json::Value>,
    /// Claims made anew for every JWT, beside `exp`. Default: iat and jti.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub generated_claims: Option<Vec<GeneratedClaim>>,
    /// Where `spec.scopes` go. Default: what the provider's preset says, else Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_in: Option<ScopeIn>,
    /// Seconds from the making of the JWT to its `exp`. Default: what the provider's preset says,
    /// else 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86400))]
    pub lifetime_seconds: Option<u32>,
    /// Signature algorithm (RFC 7518 section 3.1, RFC 8037). Default: what the provider's preset says, else
    /// what fits the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "algorithm_schema")]
    pub algorithm: Option<Algorithm>,
    /// Header parameters of the JWT (RFC 7515 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderSpec>,
    /// Keystore that holds the signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keystore_ref: Option<KeystoreReference>,
    /// Alias of the signing key in the keystore, in any case; may be left out where it holds one
    /// key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub key_alias: Option<String>,
    /// Type of a ready-made assertion (`client_assertion_type` or `grant_type`), for example
    /// `urn:ietf:params:oauth:client-assertion-type:saml2-bearer`. Default: the JWT's.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub assertion_type: Option<String>,
    /// A ready-made assertion, read anew for every request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<AssertionSource>,
}

/// Where a ready-made assertion is.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionSource {
    /// The key of a Secret that holds it.
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
    /// Key identifier (RFC 7515 section 4.1.4); sent only where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    #[x_kube(validation = no_space_at_the_ends())]
    pub kid: Option<String>,
    /// Type of the token (RFC 7515 section 4.1.9). Default: JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub typ: Option<String>,
    /// Certificate for thumbprints and x5c, where it is not the keystore's; it must belong to the
    /// signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_ref: Option<OptionalKeyReference>,
}

/// Returns the schema of `algorithm`: the names of the algorithms that the keys know.
fn algorithm_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "description": "Signature algorithm (RFC 7518 section 3.1, RFC 8037). Default: what the provider's preset says, \
            else what fits the key.",
        "enum": Algorithm::ALL.map(Algorithm::as_str),
    })
}
