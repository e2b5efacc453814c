//! The schema of `claims`: anything JSON, with the three claims that have defaults spelled out.

use schemars::{Schema, SchemaGenerator, json_schema};

/// Returns the schema of `claims`. The registered claims are properties, so that `kubectl explain`
/// shows them and CEL sees them; any other claim is kept as it is.
#[must_use]
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "description": "Claims of the JWT (RFC 7519 section 4): strings, numbers, booleans, lists and objects. \
            `exp`, `iat`, `jti` and `nbf` are generated: use lifetimeSeconds and generatedClaims.",
        "x-kubernetes-preserve-unknown-fields": true,
        "properties": {
            "iss": {
                "type": "string",
                "description": "Issuer. Default: the client id.",
                "minLength": 1,
                "maxLength": 1024
            },
            "sub": {
                "type": "string",
                "description": "Subject, for example the user to act as. Default: the client id.",
                "minLength": 1,
                "maxLength": 1024
            },
            "aud": {
                "description": "Audience, a string or a list of strings. Default: the issuer where one is set, else the token endpoint.",
                "x-kubernetes-preserve-unknown-fields": true
            }
        }
    })
}
