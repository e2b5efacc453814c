//! `spec.parameters` and `spec.parametersFrom`.

use kube::KubeSchema;
use kube::core::{Message, Rule};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::api::spec::reference::SecretKeyReference;
use crate::api::spec::rule::invalid;

/// Parameters that the operator sets itself.
// `request` and `request_uri` would take precedence over all others (RFC 9101 section 5).
const RESERVED: &str = "['assertion', 'client_assertion', 'client_assertion_type', 'client_id', 'client_secret', \
    'code', 'code_challenge', 'code_challenge_method', 'code_verifier', 'grant_type', 'nonce', 'redirect_uri', \
    'refresh_token', 'request', 'request_uri', 'response_type', 'scope', 'state']";

const REMEDY: &str = "is a parameter that the operator sets: remove it, and set client, scopes, assertion or \
    authorization instead";

/// Browsers send no cookie with a form of another site (OAuth 2.0 Form Post Response Mode), and a
/// fragment is not sent to a server.
const RESPONSE_MODE: &str = "response_mode cannot be set, because only the query of the redirect URI is supported: \
    remove it";

/// Returns the schema of `parameters`, with bounds for names and values.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    // The API server estimates the cost of the rules from these bounds.
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "description": "Value of the parameter.", "maxLength": 4096 },
    })
}

/// Rejects reserved parameters in a map. The message contains the name.
pub fn names_are_free() -> Rule {
    Rule::new(format!("self.all(name, !(name in {RESERVED}))")).message(Message::Expression(
        format!("self.filter(name, name in {RESERVED})[0] + ' {REMEDY}'"),
    ))
}

/// Rejects the parameter `response_mode` in a map.
pub fn mode_is_query() -> Rule {
    invalid("!('response_mode' in self)", RESPONSE_MODE)
}

/// Bounds the names in a map, for which a schema has no keyword.
pub fn names_fit() -> Rule {
    invalid(
        "self.all(name, size(name) >= 1 && size(name) <= 128)",
        "the name of a parameter must have 1 to 128 characters",
    )
}

/// Rejects a reserved parameter in an entry of `spec.parametersFrom`.
fn name_is_free() -> Rule {
    Rule::new(format!("!(self in {RESERVED})")).message(REMEDY)
}

/// An additional request parameter with a secret value.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterFrom {
    /// Name of the request parameter.
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = name_is_free(), validation = invalid("self != 'response_mode'", RESPONSE_MODE))]
    pub name: String,
    /// Key of a Secret that holds the value.
    pub secret_key_ref: SecretKeyReference,
}
