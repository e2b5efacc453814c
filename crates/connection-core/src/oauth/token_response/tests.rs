//! Parses literal responses.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::*;
use crate::oauth::error_code::ErrorCode;
use crate::oauth::retryability::Retryability;
use crate::oauth::token_error::InvalidToken;

fn rules(value: Value) -> ResponseRules {
    serde_json::from_value(value).unwrap()
}

fn parse_default(status: u16, body: &str) -> Result<TokenResponse, TokenError> {
    parse(status, Some("application/json"), body.as_bytes(), &ResponseRules::default())
}

fn granted_by(body: &str, rules: &ResponseRules) -> TokenResponse {
    parse(200, None, body.as_bytes(), rules).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn token_of(response: &TokenResponse) -> &str {
    response.access_token.expose_secret()
}

fn extras_of(response: &TokenResponse) -> BTreeMap<&str, &str> {
    response.extras.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

fn seconds(seconds: u64) -> Expiry {
    Expiry::ExpiresIn(Duration::from_secs(seconds))
}

fn at(instant: &str) -> Expiry {
    Expiry::ExpiresAt(instant.parse().unwrap())
}

#[test]
fn every_field_of_a_standard_response_is_parsed() {
    let response = granted_by(
        r#"{"access_token":"at","token_type":"Bearer","expires_in":3600,
            "refresh_token":"rt","scope":"a b","example_parameter":"value"}"#,
        &ResponseRules::default(),
    );
    assert_eq!(token_of(&response), "at");
    assert_eq!(response.token_type.as_deref(), Some("Bearer"));
    assert_eq!(response.expiry, Some(seconds(3600)));
    assert_eq!(response.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(response.refresh_token.as_ref().unwrap().expose_secret(), "rt");
    assert_eq!(response.instance_url, None);
    assert_eq!(extras_of(&response), BTreeMap::from([("example_parameter", "value")]));
}

#[test]
fn a_response_of_salesforce_has_an_instance_url_and_no_expiry() {
    let response = granted_by(
        r#"{"access_token":"00D!AQ","scope":"api","instance_url":"https://example.my.salesforce.com",
            "id":"https://login.salesforce.com/id/00D/005","token_type":"Bearer",
            "issued_at":"1778234567890","signature":"c2ln"}"#,
        &ResponseRules::default(),
    );
    assert_eq!(response.expiry, None);
    assert_eq!(response.instance_url.as_deref(), Some("https://example.my.salesforce.com"));
    assert_eq!(
        extras_of(&response).into_keys().collect::<Vec<_>>(),
        ["id", "instance_url", "issued_at", "signature"]
    );
}

#[test]
fn a_response_of_box_has_no_token_type() {
    let response = granted_by(
        r#"{"access_token":"c3FI","expires_in":4169,"restricted_to":[],"issued_token_type":"bearer"}"#,
        &ResponseRules::default(),
    );
    assert_eq!(response.token_type, None);
    assert_eq!(response.expiry, Some(seconds(4169)));
    assert_eq!(extras_of(&response), BTreeMap::from([("issued_token_type", "bearer")]));
}

#[test]
fn an_expiry_is_parsed_in_every_notation() {
    for (text, expected) in [
        (r#""expires_in":3599"#, Some(seconds(3599))),
        (r#""expires_in":"3599""#, Some(seconds(3599))),
        (r#""expires_in":" 3599 ""#, Some(seconds(3599))),
        (r#""expires_in":3600.0"#, Some(seconds(3600))),
        (r#""expires_in":"3600.0""#, Some(seconds(3600))),
        (r#""expires_in":2592000000"#, Some(seconds(2_592_000))),
        (r#""expires_in":0,"expires_at":"2026-05-04T09:41:00Z""#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires_at":"2026-05-04T09:41:00Z""#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires_at":"2026-05-04T11:41:00+02:00""#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires_at":1777887660"#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires_at":"1777887660""#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires_at":1777887660000"#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires":"1777887660000""#, Some(at("2026-05-04T09:41:00Z"))),
        (r#""expires":5183999"#, Some(seconds(5_183_999))),
        (r#""expires_in":0"#, None),
        (r#""expires_in":-1"#, None),
        (r#""expires_in":"-1""#, None),
        (r#""expires_in":1e300"#, None),
        (r#""expires_in":99999999999999999999"#, None),
        (r#""expires_in":"NaN""#, None),
        (r#""expires_in":"inf""#, None),
        (r#""expires_in":"soon""#, None),
        (r#""expires_in":"""#, None),
        (r#""expires_in":null"#, None),
        (r#""expires_in":true"#, None),
        (r#""expires_in":[3600]"#, None),
        (r#""expires_at":"2026-05-04""#, None),
        (r#""expires_at":1e18"#, None),
        (r#""expires_at":-5"#, None),
        (r#""other":1"#, None),
    ] {
        let body = format!(r#"{{"access_token":"t",{text}}}"#);
        assert_eq!(granted_by(&body, &ResponseRules::default()).expiry, expected, "{text}");
    }
}

#[test]
fn an_expiry_is_parsed_by_its_rule() {
    for (rule, body, expected) in [
        (
            json!({ "path": "expires_in", "kind": "In", "unit": "Milliseconds" }),
            r#"{"access_token":"t","expires_in":86399985}"#,
            Some(Expiry::ExpiresIn(Duration::from_millis(86_399_985))),
        ),
        (
            json!({ "path": "token.validity", "kind": "In" }),
            r#"{"access_token":"t","expires_in":1,"token":{"validity":"1800"}}"#,
            Some(seconds(1800)),
        ),
        (
            json!({ "path": "validUntil", "kind": "At", "unit": "Milliseconds" }),
            r#"{"access_token":"t","validUntil":1777887660000}"#,
            Some(at("2026-05-04T09:41:00Z")),
        ),
        (
            json!({ "path": "validUntil", "kind": "At" }),
            r#"{"access_token":"t","expires_in":3600}"#,
            None,
        ),
    ] {
        let rules = rules(json!({ "expiry": rule }));
        assert_eq!(granted_by(body, &rules).expiry, expected, "{body}");
    }
}

#[test]
fn scopes_are_a_string_or_a_list() {
    for (rule, scope, expected) in [
        (json!({}), json!("a b"), Some(vec!["a", "b"])),
        (json!({}), json!("  a   b a\n"), Some(vec!["a", "b"])),
        (json!({}), json!(["a", "b c"]), Some(vec!["a", "b", "c"])),
        (json!({}), json!(["a", 1, null]), Some(vec!["a"])),
        (json!({}), json!("a,b"), Some(vec!["a,b"])),
        (json!({ "separator": "Comma" }), json!("a,b, c"), Some(vec!["a", "b", "c"])),
        (json!({ "separator": "Plus" }), json!("a+b"), Some(vec!["a", "b"])),
        (json!({}), json!("a \u{1b}[31m \u{e9} \"q\""), Some(vec!["a"])),
        (json!({}), json!(""), None),
        (json!({}), json!([]), None),
        (json!({}), json!(7), None),
        (json!({}), json!(null), None),
    ] {
        let body = json!({ "access_token": "t", "scope": scope }).to_string();
        let scopes = granted_by(&body, &rules(json!({ "scope": rule }))).scopes;
        let expected =
            expected.map(|scopes| scopes.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(scopes, expected, "{body}");
    }
}

#[test]
fn an_invalid_token_type_is_ignored() {
    for (text, expected) in [
        (json!("bearer"), Some("bearer")),
        (json!(" Bearer "), Some("Bearer")),
        (json!("N_A"), Some("N_A")),
        (json!("Bearer\r\nX: y"), None),
        (json!(""), None),
        (json!(1), None),
        (json!(null), None),
    ] {
        let body = json!({ "access_token": "t", "token_type": text }).to_string();
        let response = granted_by(&body, &ResponseRules::default());
        assert_eq!(response.token_type.as_deref(), expected, "{body}");
    }
}

#[test]
fn the_content_type_does_not_matter() {
    let json = r#"{"access_token":"at","token_type":"Bearer"}"#;
    let with_mark = format!("\u{feff}{json}");
    for (status, content_type, body) in [
        (200, Some("application/json;charset=UTF-8"), json),
        (200, None, json),
        (201, Some("application/json"), json),
        (203, Some("text/plain"), json),
        (200, Some("text/html"), json),
        (200, Some("application/vnd.acme+json"), json),
        (200, Some("\u{0}garbage"), json),
        (200, Some("application/json"), with_mark.as_str()),
        (
            200,
            Some("application/json"),
            "\r\n {\"access_token\":\"at\",\"token_type\":\"Bearer\"}\n",
        ),
        (200, Some("application/x-www-form-urlencoded"), "access_token=at&token_type=Bearer"),
        (200, Some("text/plain"), "access_token=at&token_type=Bearer"),
        (200, None, "token_type=Bearer&access_token=%61t"),
        (200, None, r#"{"access_token":"no","access_token":"at","token_type":"Bearer"}"#),
    ] {
        let response = parse(status, content_type, body.as_bytes(), &ResponseRules::default());
        let response = response.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(token_of(&response), "at", "{body}");
        assert_eq!(response.token_type.as_deref(), Some("Bearer"), "{body}");
    }
}

#[test]
fn a_form_has_an_expiry_and_scopes() {
    let response =
        granted_by("access_token=at&expires=5183999&scope=a+b", &ResponseRules::default());
    assert_eq!(response.expiry, Some(seconds(5_183_999)));
    assert_eq!(response.scopes.unwrap(), ["a", "b"]);
}

#[test]
fn invalid_utf_8_does_not_hide_the_error() {
    let body = b"{\"error\":\"invalid_grant\",\"error_description\":\"caf\xe9\"}";
    let error = parse(400, None, body, &ResponseRules::default()).unwrap_err();
    assert_eq!(error, TokenError::OAuth { code: ErrorCode::InvalidGrant, status: 400 });
    let body = b"{\"access_token\":\"caf\xe9\"}";
    let error = parse(200, None, body, &ResponseRules::default()).unwrap_err();
    let flaw = InvalidToken::Characters;
    assert_eq!(error, TokenError::TokenUnusable { flaw, status: 200 });
}

#[test]
fn a_token_that_is_invalid_in_a_header_is_rejected() {
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    for (token, flaw) in [
        (json!(""), InvalidToken::Empty),
        (json!(" "), InvalidToken::Characters),
        (json!("a b"), InvalidToken::Characters),
        (json!("a\r\nX-Evil: 1"), InvalidToken::Characters),
        (json!("a\n"), InvalidToken::Characters),
        (json!("a\u{0}"), InvalidToken::Characters),
        (json!("a\u{7f}"), InvalidToken::Characters),
        (json!("é"), InvalidToken::Characters),
        (json!(long), InvalidToken::TooLong),
        (json!(42), InvalidToken::NotText),
        (json!(true), InvalidToken::NotText),
        (json!({ "a": "b" }), InvalidToken::NotText),
    ] {
        let body = json!({ "access_token": token }).to_string();
        let error = parse_default(200, &body).unwrap_err();
        assert_eq!(error, TokenError::TokenUnusable { flaw, status: 200 });
        assert_eq!(error.retryability(), Retryability::WaitForChange);
    }
}

#[test]
fn fields_are_found_by_the_rules() {
    for (given, body) in [
        (
            json!({ "accessToken": "data.token.access_token" }),
            r#"{"data":{"token":{"access_token":"at"}}}"#,
        ),
        (json!({ "accessToken": "jwt" }), r#"{"jwt":"at","access_token":"other"}"#),
        (json!({ "accessToken": "tokens.0.value" }), r#"{"tokens":[{"value":"at"}]}"#),
        (json!({ "rawBodyIsToken": true }), "at\n"),
        (json!({ "rawBodyIsToken": true }), r#""at""#),
        (json!({ "rawBodyIsToken": true }), r#"{"access_token":"at"}"#),
    ] {
        let response = granted_by(body, &rules(given));
        assert_eq!(token_of(&response), "at", "{body}");
        assert!(!extras_of(&response).contains_key("jwt"));
    }
    let slack = rules(json!({
        "accessToken": "authed_user.access_token", "refreshToken": "authed_user.refresh_token",
        "tokenType": "authed_user.token_type", "scope": { "path": "authed_user.scope", "separator": "Comma" },
        "error": { "ok": "ok" }
    }));
    let response = granted_by(
        r#"{"ok":true,"team":"T1","authed_user":{"access_token":"at","refresh_token":"rt",
            "token_type":"user","scope":"chat:write,users:read"}}"#,
        &slack,
    );
    assert_eq!(token_of(&response), "at");
    assert_eq!(response.refresh_token.as_ref().unwrap().expose_secret(), "rt");
    assert_eq!(response.token_type.as_deref(), Some("user"));
    assert_eq!(response.scopes.as_ref().unwrap(), &["chat:write", "users:read"]);
    assert_eq!(extras_of(&response), BTreeMap::from([("team", "T1")]));
}

#[test]
fn a_raw_token_is_accepted_only_if_the_rules_allow_it() {
    for body in ["at", r#""at""#, "[]", "1", "null", "a=b", "<?xml version='1.0'?><t/>"] {
        assert_eq!(
            parse_default(200, body).unwrap_err(),
            TokenError::NotJson { status: 200 },
            "{body}"
        );
    }
    let raw = rules(json!({ "rawBodyIsToken": true }));
    for body in ["<html><body>Sign in</body></html>", " <!DOCTYPE html>"] {
        let error = parse(200, None, body.as_bytes(), &raw).unwrap_err();
        assert_eq!(error, TokenError::Html { status: 200 });
    }
    let error = parse(200, None, b"not a token", &raw).unwrap_err();
    assert_eq!(error, TokenError::TokenUnusable { flaw: InvalidToken::Characters, status: 200 });
    assert_eq!(parse(500, None, b"at", &raw).unwrap_err(), TokenError::ServerError { status: 500 });
}

#[test]
fn errors_are_recognized_with_any_status_and_shape() {
    let oauth = |code, status| TokenError::OAuth { code, status };
    for (status, body, expected) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"x"}"#,
            oauth(ErrorCode::InvalidGrant, 400),
        ),
        (401, r#"{"error":"invalid_client"}"#, oauth(ErrorCode::InvalidClient, 401)),
        (403, r#"{"error":"INVALID_GRANT "}"#, oauth(ErrorCode::InvalidGrant, 403)),
        (200, r#"{"error":"invalid_scope"}"#, oauth(ErrorCode::InvalidScope, 200)),
        (
            200,
            r#"{"access_token":"t","error":"invalid_grant"}"#,
            oauth(ErrorCode::InvalidGrant, 200),
        ),
        (200, "error=invalid_grant&error_description=x", oauth(ErrorCode::InvalidGrant, 200)),
        (400, r#"{"error":"brand_new"}"#, oauth(ErrorCode::Other, 400)),
        (400, r#"{"error":{"code":401,"status":"x"}}"#, oauth(ErrorCode::Other, 400)),
        (400, r#"{"error":{"code":"invalid_grant"}}"#, oauth(ErrorCode::InvalidGrant, 400)),
        (400, r#"{"error":true}"#, oauth(ErrorCode::Other, 400)),
        (
            503,
            r#"{"error":"temporarily_unavailable"}"#,
            oauth(ErrorCode::TemporarilyUnavailable, 503),
        ),
        (429, r#"{"error":"invalid_grant"}"#, oauth(ErrorCode::InvalidGrant, 429)),
        (429, "", TokenError::RateLimited),
        (429, "<html>slow down</html>", TokenError::RateLimited),
        (500, r#"{"message":"boom"}"#, TokenError::ServerError { status: 500 }),
        (502, "<HTML><h1>Bad Gateway</h1>", TokenError::Html { status: 502 }),
        (200, "<!doctype html><title>Log in</title>", TokenError::Html { status: 200 }),
        (503, "upstream", TokenError::ServerError { status: 503 }),
        (404, "", TokenError::Status { status: 404 }),
        (302, "", TokenError::Status { status: 302 }),
        (400, r#"{"error":""}"#, TokenError::Status { status: 400 }),
        (400, r#"{"access_token":"t"}"#, TokenError::Status { status: 400 }),
        (200, "", TokenError::NoToken { status: 200 }),
        (204, " \n", TokenError::NoToken { status: 204 }),
        (200, "{}", TokenError::NoToken { status: 200 }),
        (200, r#"{"access_token":null}"#, TokenError::NoToken { status: 200 }),
        (200, r#"{"access_token":"t""#, TokenError::NotJson { status: 200 }),
        (200, "\u{fffd}", TokenError::NotJson { status: 200 }),
    ] {
        assert_eq!(parse_default(status, body).unwrap_err(), expected, "{status} {body}");
    }
}

#[test]
fn an_empty_error_field_is_not_an_error() {
    for body in [
        r#"{"access_token":"at","error":null}"#,
        r#"{"access_token":"at","error":""}"#,
        r#"{"access_token":"at","error":false}"#,
        r#"{"access_token":"at","error":0}"#,
        r#"{"access_token":"at","error":{}}"#,
    ] {
        assert_eq!(token_of(&granted_by(body, &ResponseRules::default())), "at");
    }
}

#[test]
fn the_rules_translate_provider_specific_errors() {
    let rules = rules(json!({ "error": {
        "ok": "ok",
        "codes": { "ratelimited": "temporarily_unavailable", "issuer_not_found": "invalid_client" },
        "phrases": { "Hasn't approved this": "consent_required" }
    }}));
    for (status, body, code) in [
        (200, r#"{"ok":false,"error":"ratelimited"}"#, ErrorCode::TemporarilyUnavailable),
        (200, r#"{"ok":false,"error":"brand_new"}"#, ErrorCode::Other),
        (200, r#"{"ok":false,"access_token":"t"}"#, ErrorCode::Other),
        (200, r#"{"ok":"false"}"#, ErrorCode::Other),
        (400, r#"{"error":"issuer_not_found"}"#, ErrorCode::InvalidClient),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}"#,
            ErrorCode::ConsentRequired,
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"audience"}"#,
            ErrorCode::InvalidGrant,
        ),
    ] {
        let error = parse(status, None, body.as_bytes(), &rules).unwrap_err();
        assert_eq!(error, TokenError::OAuth { code, status }, "{body}");
    }
}

#[test]
fn extras_are_scalars_with_valid_unreserved_keys() {
    let response = granted_by(
        r#"{"access_token":"at","refresh_token":"rt","id_token":"it","token_type":"b","scope":"s",
            "expires_in":1,"expires_at":1,"expires":1,"authorization":"x","ok":true,
            "idToken":"it2","new-refresh_token":"rt2","copy":"at","second":"rt",
            "bad key":"x","":"x","..":"x","..a":"x",".":"x","k\n":"x","\u00e9":"x",
            "list":[1],"object":{"a":1},"nothing":null,
            "text":"v","number":7,"float":1.5,"flag":false,".hidden-1_x":"v","realmId":"99"}"#,
        &ResponseRules::default(),
    );
    assert_eq!(
        extras_of(&response),
        BTreeMap::from([
            (".hidden-1_x", "v"),
            ("flag", "false"),
            ("float", "1.5"),
            ("number", "7"),
            ("realmId", "99"),
            ("text", "v"),
        ])
    );
}

#[test]
fn extras_are_bounded_in_number_and_length() {
    let mut body = serde_json::Map::new();
    body.insert("access_token".into(), json!("at"));
    body.insert("instance_url".into(), json!("https://host.example"));
    body.insert("a".into(), json!("x".repeat(MAX_EXTRA_BYTES + 1)));
    body.insert("k".repeat(254), json!("x"));
    for i in 0..100 {
        body.insert(format!("field{i:03}"), json!(i));
    }
    let response = granted_by(&Value::Object(body).to_string(), &ResponseRules::default());
    assert_eq!(response.extras.len(), MAX_EXTRAS + 1, "the instance URL comes on top");
    assert!(response.extras.contains_key("field000"));
    assert!(response.extras.keys().all(|name| name.len() < 254 && name != "a"));
}

#[test]
fn an_instance_url_with_a_possible_secret_is_not_public() {
    for (text, expected) in [
        ("https://eu1.example.com", Some("https://eu1.example.com")),
        ("https://eu1.example.com/base/", Some("https://eu1.example.com/base")),
        ("eu1.example.com", Some("https://eu1.example.com")),
        ("http://eu1.example.com", None),
        ("https://user:pass@eu1.example.com", None),
        ("https://eu1.example.com/?token=1", None),
        ("https://eu1.example.com/#t", None),
        ("javascript:alert(1)", None),
        ("c2VjcmV0", None),
        ("", None),
    ] {
        let body = json!({ "access_token": "t", "api_domain": text }).to_string();
        let response = granted_by(&body, &rules(json!({ "instanceUrl": "api_domain" })));
        assert_eq!(response.instance_url.as_deref(), expected, "{text}");
        let extras = extras_of(&response);
        assert_eq!(extras.get("instance_url").copied(), expected, "{text}");
        assert_eq!(extras.get("api_domain"), Some(&text), "the Secret contains it unchanged");
    }
}

#[test]
fn debug_shows_no_value() {
    let body = r#"{"access_token":"canary1","refresh_token":"canary2","x":"canary3"}"#;
    let shown = format!("{:?}", granted_by(body, &ResponseRules::default()));
    assert!(!shown.contains("canary"), "{shown}");
}
