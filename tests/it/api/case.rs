//! Specs for tests, as a valid spec and changes to it.

use serde_json::Value;

/// Valid specs, one for each flow.
pub const JWT: &str = "
flow: JWT
endpoints: { token: 'https://login.example.com/oauth2/token' }
client: { id: integration }
assertion: { keystoreRef: { name: crm-keystore } }
";
pub const JWT_CLIENT_ASSERTION: &str = "
flow: JWTClientAssertion
endpoints: { token: 'https://login.example.com/oauth2/token' }
client: { id: reporting }
assertion: { keystoreRef: { name: crm-keystore } }
";
pub const CLIENT_CREDENTIALS: &str = "
flow: ClientCredentials
endpoints: { token: 'https://login.example.com/oauth2/token' }
client: { id: reporting, secretRef: { name: reporting-client } }
";
pub const AUTHORIZATION_CODE: &str = "
flow: AuthorizationCode
endpoints:
  authorization: 'https://login.example.com/oauth2/authorize'
  token: 'https://login.example.com/oauth2/token'
client: { id: mail, secretRef: { name: mail-client } }
";

/// Applies changes to a spec: a null removes a field (RFC 7396).
pub fn spec(base: &str, changes: &str) -> Value {
    let mut spec = yaml(base);
    merge(&mut spec, yaml(changes));
    spec
}

pub fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Applies a JSON merge patch (RFC 7396).
pub fn merge(target: &mut Value, changes: Value) {
    let (Value::Object(fields), Value::Object(changes)) = (&mut *target, &changes) else {
        *target = changes;
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), change.clone());
        }
    }
}
