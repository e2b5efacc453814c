//! `spec.parameters` and `spec.parametersFrom`.

use kube::KubeSchema;
use kube::core::Rule;
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::SecretKeyReference;

/// What the operator itself puts into a request; a parameter of the spec cannot stand for it.
const RESERVED: &str = "['assertion', 'client_assertion', 'client_assertion_type', 'client_id', 'client_secret', \
    'code', 'code_challenge', 'code_challenge_method', 'code_verifier', 'grant_type', 'redirect_uri', 'refresh_token', \
    'response_type', 'scope', 'state']";

/// The rule of `spec.parameters`.
#[must_use]
pub fn names_are_free() -> Rule {
    Rule::new(format!("self.all(name, size(name) > 0 && !(name in {RESERVED}))")).message(
        "a parameter the operator sets itself cannot be given here: use client, scopes, assertion or authorization instead",
    )
}

/// The rule of each entry of `spec.parametersFrom`.
fn name_is_free() -> Rule {
    Rule::new(format!("!(self.name in {RESERVED})")).message(
        "a parameter the operator sets itself cannot be given here: use client, scopes, assertion or authorization instead",
    )
}

/// A further request parameter whose value is secret.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = name_is_free())]
pub struct ParameterFrom {
    /// Name of the request parameter.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// Where its value is.
    pub secret_key_ref: SecretKeyReference,
}
