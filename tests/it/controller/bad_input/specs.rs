//! Specs that the schema cannot refuse.

use serde_json::{Value, json};

use super::{Case, case, pem_lines, play};
use crate::keys::fixtures;

fn cases() -> Vec<Case> {
    let key = fixtures::bytes("rsa.p8.pem");
    let good = [("keystore.pem", key.as_slice())];
    let preset =
        |name: &str, values: Value| json!({ "provider": { "name": name, "values": values } });
    let box_preset = |assertion: Value| json!({ "provider": { "name": "box" }, "client": { "secretRef": { "name": "client" } }, "assertion": assertion });
    let case = |name, spec, expected| case(name, spec, &good, expected);
    let audience = |aud: Value| json!({ "assertion": { "claims": { "aud": aud } } });
    let aud = ("InvalidSpec", "spec.assertion.claims.aud: must be a string or a list of strings");
    vec![
        case("aud-number", audience(json!(5)), aud),
        case("aud-list-of-numbers", audience(json!(["a", 5])), aud),
        case("aud-empty-list", audience(json!([])), aud),
        case("aud-object", audience(json!({ "a": "b" })), aud),
        case(
            "preset-unknown",
            preset("nowhere", json!({})),
            ("PresetInvalid", "use one of box, docusign"),
        ),
        case(
            "value-missing",
            preset("salesforce", json!({})),
            ("PresetInvalid", "needs `spec.provider.values.domain`"),
        ),
        case(
            "value-unfit",
            preset("salesforce", json!({ "domain": "evil.example/" })),
            ("PresetInvalid", "does not fit"),
        ),
        case(
            "value-unknown",
            preset("salesforce", json!({ "domain": "a", "tenant": "b" })),
            ("PresetInvalid", "`spec.provider.values.tenant`: remove it"),
        ),
        case(
            "preset-of-another-flow",
            json!({ "provider": { "name": "box" }, "flow": "ClientCredentials", "assertion": null, "client": { "secretRef": { "name": "client" } } }),
            ("PresetInvalid", "does not support flow ClientCredentials"),
        ),
        case("kid-missing", box_preset(json!({})), ("InvalidSpec", "spec.assertion.header.kid")),
        case(
            "client-secret-missing",
            json!({ "provider": { "name": "box" }, "assertion": { "header": { "kid": "k" } } }),
            ("InvalidSpec", "spec.client.secretRef"),
        ),
        case(
            "lifetime-too-long",
            box_preset(json!({ "header": { "kid": "k" }, "lifetimeSeconds": 61 })),
            ("InvalidSpec", "spec.assertion.lifetimeSeconds"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_cannot_be_done_is_told_with_its_field_and_is_over_when_it_is_changed() {
    let (scene, simulator) = play("bad-spec", cases()).await;
    let secrets = [pem_lines(&fixtures::bytes("rsa.p8.pem")), simulator.secrets()].concat();
    scene.demand_no_leak(&secrets).await;
}
