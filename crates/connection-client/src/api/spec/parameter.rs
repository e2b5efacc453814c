//! `spec.parameters` and `spec.parametersFrom`.

use kube::KubeSchema;
use kube::core::{Message, Rule};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::SecretKeyReference;
use crate::api::spec::rule::invalid;

/// What the operator itself puts into a request; a parameter of the spec cannot stand for it.
const RESERVED: &str = "['assertion', 'client_assertion', 'client_assertion_type', 'client_id', 'client_secret', \
    'code', 'code_challenge', 'code_challenge_method', 'code_verifier', 'grant_type', 'nonce', 'redirect_uri', \
    'refresh_token', 'request', 'request_uri', 'response_type', 'scope', 'state']";

const REMEDY: &str = "is a parameter that the operator sets itself: remove it, and use client, scopes, assertion or \
    authorization instead";

/// Another mode than `query` would bring the provider's answer as a form of another site (OAuth 2.0 Form
/// Post Response Mode), with which browsers send no cookie, or where no server sees it.
const ONE_MODE: &str = "response_mode cannot be chosen: the provider's answer comes in the query of the redirect URI, \
    form_post and fragment are not supported: remove it";

/// Returns the schema of `parameters`: names and values have bounds.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "description": "Value of the parameter.", "maxLength": 4096 },
    })
}

/// The rule of `spec.parameters`. The message names the parameter.
pub fn names_are_free() -> Rule {
    Rule::new(format!("self.all(name, !(name in {RESERVED}))")).message(Message::Expression(
        format!("self.filter(name, name in {RESERVED})[0] + ' {REMEDY}'"),
    ))
}

/// The rule of the parameter `response_mode`.
pub fn mode_is_query() -> Rule {
    invalid("!('response_mode' in self)", ONE_MODE)
}

/// The rule of the names in `spec.parameters`.
pub fn names_fit() -> Rule {
    invalid(
        "self.all(name, size(name) >= 1 && size(name) <= 128)",
        "the name of a parameter must have 1 to 128 characters",
    )
}

/// The rule of each entry of `spec.parametersFrom`.
fn name_is_free() -> Rule {
    Rule::new(format!("!(self in {RESERVED})")).message(REMEDY)
}

/// A further request parameter whose value is secret.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterFrom {
    /// Name of the request parameter.
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = name_is_free(), validation = invalid("self != 'response_mode'", ONE_MODE))]
    pub name: String,
    /// Where its value is.
    pub secret_key_ref: SecretKeyReference,
}
