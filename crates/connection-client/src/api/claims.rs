//! The schema of `claims`: any JSON object. Describes the registered claims, so that `kubectl
//! explain` shows them and rules can refer to them.

use kube::core::Rule;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::api::spec::rule::{invalid, no_space_at_the_ends};

/// Returns the schema of `claims`. Keeps claims that it does not describe.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true,
        "maxProperties": 64,
        "properties": {
            "iss": {
                "type": "string",
                "description": "Issuer. Default: the client id.",
                "minLength": 1,
                "maxLength": 1024,
                "x-kubernetes-validations": [no_space_at_the_ends()]
            },
            "sub": {
                "type": "string",
                "description": "Subject, for example the user to act as. Default: the client id.",
                "minLength": 1,
                "maxLength": 1024,
                "x-kubernetes-validations": [no_space_at_the_ends()]
            },
            // No type, because a structural schema allows only one and `aud` has two.
            "aud": {
                "description": "Audience, a string or a list of strings. Default: endpoints.issuer, otherwise the token endpoint.",
                "x-kubernetes-preserve-unknown-fields": true
            },
            "exp": generated("number", "set lifetimeSeconds"),
            "iat": generated("number", "add it to generatedClaims"),
            "jti": generated("string", "add it to generatedClaims"),
            "nbf": generated("number", "add it to generatedClaims")
        }
    })
}

fn generated(kind: &str, remedy: &str) -> Schema {
    json_schema!({
        "type": kind,
        "description": format!("Rejected, because it is generated for each JWT: {remedy}."),
    })
}

/// Rejects claims that must differ in each JWT.
pub fn are_not_generated() -> Rule {
    invalid(
        "!has(self.exp) && !has(self.iat) && !has(self.jti) && !has(self.nbf)",
        "exp, iat, jti and nbf are generated for each JWT: remove them, and set lifetimeSeconds and generatedClaims",
    )
}
