use connection_operator::web::consent::authorization_response::AuthorizationResponse;
use secrecy::ExposeSecret;

use crate::random::Random;
use crate::runner::fuzz;

const CANARY: &str = "canary-in-the-query";

/// Generates a query of a redirect URI that is almost valid.
fn query(random: &mut Random) -> Vec<u8> {
    let names = ["code", "state", "iss", "error", "error_description", "Code", "", "%63ode"];
    let values = [
        CANARY,
        "access_denied",
        "invalid_scope",
        "https%3A%2F%2Flogin.example.com",
        "",
        "%",
        "%00",
        "%ff%fe",
        "a+b%2Bc",
        "%3Cscript%3E",
    ];
    let pairs = (0..random.below(7)).map(|_| {
        let equals = *random.pick(&["=", "=", "=", "==", ""]);
        format!("{}{equals}{}", random.pick(&names), random.pick(&values))
    });
    let pairs: Vec<_> = pairs.collect();
    let mut bytes = pairs.join(*random.pick(&["&", "&", "&&", ";"])).into_bytes();
    if random.one_in(2) {
        random.mutate(&mut bytes);
    }
    bytes
}

#[test]
fn no_query_panics_or_appears_in_debug_output() {
    fuzz("callback", query, |query| {
        let Some(answer) = AuthorizationResponse::parse(query) else { return };
        assert!(!format!("{answer:?}").contains(CANARY));
        match &answer.result {
            Ok(code) => assert!(!code.expose_secret().is_empty()),
            // Only registered error codes are kept.
            Err(word) => {
                assert!(word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()));
            }
        }
        for value in answer.state.iter().chain(&answer.issuer) {
            assert!(!value.expose_secret().is_empty());
        }
    });
}

#[test]
fn the_generator_produces_valid_responses() {
    let read = |seed| AuthorizationResponse::parse(&query(&mut Random::new(seed)));
    let answers: Vec<_> = (0..10_000).filter_map(read).collect();
    let codes =
        answers.iter().filter(|answer| answer.result.is_ok() && answer.state.is_some()).count();
    let refusals =
        answers.iter().filter(|answer| matches!(answer.result, Err("access_denied"))).count();
    assert!(codes > 20 && refusals > 20, "{codes} {refusals}");
}
