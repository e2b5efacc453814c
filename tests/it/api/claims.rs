//! Claims of any JSON type are stored unchanged; other fields that are null are dropped.

use serde_json::{Value, json};

use super::case::{JWT, spec};
use super::server::DryRun;

#[tokio::test]
async fn claims_of_every_type_are_stored_unchanged() {
    let server = DryRun::new("claims").await;
    let claims = json!({
        "iss": "issuer", "sub": "jürgen@example.com", "aud": ["https://a.example", "https://b.example"],
        "text": "a", "empty": "", "yes": true, "no": false, "nothing": null,
        "zero": 0, "negative": -7, "large": 9_007_199_254_740_993_i64, "fraction": 0.25, "exponent": 1.5e-7,
        "list": [1, "two", null, [3], { "four": 4 }], "no_entries": [],
        "object": { "nested": { "deep": [true] } }, "no_fields": {},
        "https://example.com/claim": "a name that is a URL", "scope": "api web",
    });
    let mut spec = spec(JWT, "{}");
    spec["assertion"]["claims"] = claims.clone();
    let stored = server.spec(&spec).await.unwrap();
    assert_eq!(stored["spec"]["assertion"]["claims"], claims);
}

#[tokio::test]
async fn an_audience_is_a_string_or_a_list() {
    let server = DryRun::new("audience").await;
    for audience in [json!("https://login.example.com"), json!(["a", "b"])] {
        let mut spec = spec(JWT, "{}");
        spec["assertion"]["claims"] = json!({ "aud": audience });
        let stored = server.spec(&spec).await.unwrap();
        assert_eq!(stored["spec"]["assertion"]["claims"]["aud"], audience);
    }
}

#[tokio::test]
async fn a_null_field_is_dropped() {
    let server = DryRun::new("nulls").await;
    let good = spec(JWT, "{}");
    let mut nulls = good.clone();
    for field in [
        "provider",
        "tls",
        "proxyRef",
        "refresh",
        "secret",
        "suspend",
        "scopes",
        "parameters",
        "authorization",
    ] {
        nulls[field] = Value::Null;
    }
    nulls["client"]["secretRef"] = Value::Null;
    nulls["client"]["assertion"] = Value::Null;
    nulls["assertion"]["valueFrom"] = Value::Null;
    let stored = server.spec(&nulls).await.unwrap();
    assert_eq!(stored["spec"], good);
}
