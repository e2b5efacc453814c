use std::fmt::Write;

use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::token_response;
use connection_core::oauth::token_response::rules::ResponseRules;

use crate::random::Random;
use crate::runner::fuzz;

const CANARY: &str = "canary-in-the-body";

/// Generates a token response that is almost valid.
fn body(random: &mut Random) -> Vec<u8> {
    let names =
        ["access_token", "token_type", "expires_in", "expires_at", "scope", "error", "ok", "x"];
    let values = [
        "\"canary-in-the-body\"",
        "3600",
        "-1",
        "1e308",
        "\"3600\"",
        "null",
        "true",
        "[\"a\",\"b\"]",
        "{\"access_token\":\"y\"}",
        "\"invalid_grant\"",
        "\"2026-05-04T09:00:00Z\"",
        "\"\\u0000\"",
    ];
    let mut text = String::from("{");
    for index in 0..random.below(8) {
        let comma = if index == 0 { "" } else { "," };
        let (name, value) = (names[random.below(names.len())], values[random.below(values.len())]);
        write!(text, "{comma}\"{name}\":{value}").unwrap();
    }
    text.push('}');
    let mut bytes = text.into_bytes();
    random.mutate(&mut bytes);
    bytes
}

#[test]
fn no_token_response_panics_or_appears_in_an_error() {
    let statuses = [200, 201, 302, 400, 401, 429, 500];
    let types = [
        None,
        Some("application/json"),
        Some("text/html"),
        Some("application/x-www-form-urlencoded"),
    ];
    fuzz(
        "token_response",
        |random| {
            let (status, kind) = (random.below(statuses.len()), random.below(types.len()));
            let mut input = vec![u8::try_from(status).unwrap(), u8::try_from(kind).unwrap()];
            input.extend(body(random));
            input
        },
        |input| {
            let [status, kind, body @ ..] = input else { return };
            let (status, kind) = (statuses[usize::from(*status)], types[usize::from(*kind)]);
            if let Err(error) = token_response::parse(status, kind, body, &ResponseRules::default())
            {
                assert!(!format!("{error} {error:?}").contains(CANARY));
            }
        },
    );
}

#[test]
fn no_metadata_panics() {
    fuzz(
        "metadata",
        |random| {
            let text = "{\"issuer\":\"https://a.example\",\"token_endpoint\":\"https://a.example/token\",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://b.example/\"}}";
            let mut bytes = text.as_bytes().to_vec();
            random.mutate(&mut bytes);
            bytes
        },
        |bytes| {
            let _ = Metadata::parse(bytes, "https://a.example");
        },
    );
}
