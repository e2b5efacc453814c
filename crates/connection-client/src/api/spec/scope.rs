//! `spec.scopes`.

use kube::core::Rule;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::api::spec::rule::invalid;

/// Returns the schema of `scopes`. The rule stands at each entry, so that a message names the entry.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "description": "Scopes to ask for (RFC 6749 section 3.3), each an entry of its own.",
        "maxItems": 64,
        "items": {
            "type": "string",
            "description": "A scope.",
            "minLength": 1,
            "maxLength": 512,
            "x-kubernetes-validations": [one_scope()],
        },
    })
}

/// The characters of a scope (RFC 6749 appendix A.4).
fn one_scope() -> Rule {
    invalid(
        r"self.matches('^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$')",
        "must be one scope, without spaces, quotes and backslashes: give each scope as an entry of its own",
    )
}
