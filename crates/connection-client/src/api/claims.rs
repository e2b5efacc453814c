//! The schema of `claims`: anything JSON, with the registered claims spelled out, so that
//! `kubectl explain` shows them and rules see them.

use kube::core::Rule;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::api::spec::rule::{invalid, no_space_at_the_ends};

/// Returns the schema of `claims`. A claim that is not named here is kept as it is.
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
            "aud": {
                "description": "Audience, a string or a list of strings. Default: the issuer where one is set, else the token endpoint.",
                "x-kubernetes-preserve-unknown-fields": true
            },
            "exp": generated("number", "use lifetimeSeconds"),
            "iat": generated("number", "name it in generatedClaims"),
            "jti": generated("string", "name it in generatedClaims"),
            "nbf": generated("number", "name it in generatedClaims")
        }
    })
}

fn generated(kind: &str, remedy: &str) -> Schema {
    json_schema!({
        "type": kind,
        "description": format!("Refused, since it is made anew for every JWT: {remedy}."),
    })
}

/// The rule against claims that would be the same in every JWT.
pub fn are_not_generated() -> Rule {
    invalid(
        "!has(self.exp) && !has(self.iat) && !has(self.jti) && !has(self.nbf)",
        "exp, iat, jti and nbf are made anew for every JWT: remove them, and use lifetimeSeconds and generatedClaims",
    )
}
