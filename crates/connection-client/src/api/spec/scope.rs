//! `spec.scopes`.

use kube::core::Rule;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::api::spec::rule::invalid;

/// Returns the schema of `scopes`. The rule is at the entries, so that the message contains the
/// index.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "description": "Scopes to request (RFC 6749 section 3.3), one per entry.",
        "maxItems": 64,
        "items": {
            "type": "string",
            "description": "Scope.",
            "minLength": 1,
            "maxLength": 512,
            "x-kubernetes-validations": [single_scope()],
        },
    })
}

/// Accepts the characters of RFC 6749 appendix A.4.
fn single_scope() -> Rule {
    invalid(
        r"self.matches('^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$')",
        "must be a single scope without spaces, quotes and backslashes: add an entry for each scope",
    )
}
