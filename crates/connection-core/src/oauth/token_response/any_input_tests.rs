//! Property tests: no response causes a panic or appears in an error.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Any JSON; its names include the fields that the parser uses.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![Just("canary".to_owned()), "[ -~]{0,12}", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("access_token".to_owned()),
        Just("refresh_token".to_owned()),
        Just("expires_in".to_owned()),
        Just("expires_at".to_owned()),
        Just("error".to_owned()),
        Just("error_description".to_owned()),
        Just("scope".to_owned()),
        Just("token_type".to_owned()),
        Just("instance_url".to_owned()),
        "[a-z._-]{0,6}",
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn check_any(status: u16, content_type: Option<&str>, body: &[u8]) {
    let raw: ResponseRules = serde_json::from_value(json!({ "rawBodyIsToken": true })).unwrap();
    for rules in [ResponseRules::default(), raw.clone()] {
        match parse(status, content_type, body, &rules) {
            Ok(response) => {
                assert!((200..300).contains(&status));
                assert!(token::validate(&response.access_token).is_ok());
                assert!(response.extras.len() <= MAX_EXTRAS + 1);
            }
            Err(error) => {
                let text = format!("{error} {error:?}");
                assert!(!text.contains("canary"), "{text}");
                let _ = error.retryability();
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        status in 0_u16..700, content_type in any::<Option<String>>(), body in any::<Vec<u8>>(),
    ) {
        check_any(status, content_type.as_deref(), &body);
    }

    #[test]
    fn no_error_contains_text_of_the_body(
        status in 0_u16..700, before in ".{0,40}", after in ".{0,40}",
    ) {
        check_any(status, None, format!("{before}canary{after}").as_bytes());
    }

    #[test]
    fn no_json_panics_or_appears_in_an_error(
        status in prop_oneof![Just(200_u16), Just(400), 0_u16..700], body in any_json(),
    ) {
        check_any(status, Some("application/json"), body.to_string().as_bytes());
    }

    #[test]
    fn no_form_panics(
        pairs in prop::collection::vec(("(access_token|error|expires_in|[a-z]{1,4})", "canary|.{0,9}"), 0..6),
    ) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        check_any(200, Some("application/x-www-form-urlencoded"), body.as_bytes());
    }
}
