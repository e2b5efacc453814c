//! Secrets that are not there, or hold something else.

use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::{Case, case, play};
use crate::controller::lifecycle::{jwt, open};
use crate::controller::metronome::Metronome;
use crate::keys::fixtures;
use crate::stage::condition;

const CANARY: &str = "canary-of-a-secret";

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn cases() -> Vec<Case> {
    let pem = fixtures::bytes("rsa.p8.pem");
    let p12 = fixtures::bytes("ossl.default.p12");
    let good = ("keystore.pem", pem.as_slice());
    let keystore = |reference: Value| json!({ "assertion": { "keystoreRef": reference } });
    let client = |name: &str| json!({ "client": { "secretRef": { "name": name } } });
    let ready = |name: &str| {
        let value = json!({ "secretKeyRef": { "name": name, "key": "jwt" } });
        json!({ "assertion": { "keystoreRef": null, "claims": null, "valueFrom": value } })
    };
    let further = json!({ "parametersFrom": [{ "name": "api_key", "secretKeyRef": { "name": "further-missing", "key": "api" } }] });
    let not_text = [b"canary-\xff\xfe-of-a-secret".as_slice()][0];
    let truststore = |name: &str| json!({ "tls": { "truststoreRef": { "name": name } } });
    let proxy = |name: &str| json!({ "proxyRef": { "name": name } });
    let lacks = "SecretKeyNotFound";
    vec![
        case(
            "keystore-missing",
            json!({}),
            &[],
            ("SecretNotFound", "Secret `keystore-missing` does not exist: create it"),
        ),
        case(
            "keystore-key-missing",
            json!({}),
            &[("other", CANARY.as_bytes())],
            (lacks, "keystore.p12"),
        ),
        case(
            "named-key-missing",
            keystore(json!({ "key": "mine.jks" })),
            &[good],
            (lacks, "has no key `mine.jks`: add it"),
        ),
        case(
            "password-key-missing",
            keystore(json!({ "passwordKey": "mine" })),
            &[good],
            (lacks, "`mine`"),
        ),
        case(
            "key-password-key-missing",
            keystore(json!({ "keyPasswordKey": "own" })),
            &[good],
            (lacks, "`own`"),
        ),
        case(
            "two-keystores",
            json!({}),
            &[good, ("keystore.p12", &p12)],
            ("SecretInvalid", "contains more than one keystore: set `key`"),
        ),
        case(
            "password-not-text",
            json!({}),
            &[("keystore.p12", &p12), ("password", not_text)],
            ("SecretInvalid", "`password`"),
        ),
        case("client-secret-key", client("client-secret-key"), &[good], (lacks, "`client_secret`")),
        case(
            "client-secret-empty",
            client("client-secret-empty"),
            &[good, ("client_secret", b"\n")],
            ("SecretInvalid", "is empty: set a value"),
        ),
        case(
            "client-secret-not-text",
            client("client-secret-not-text"),
            &[good, ("client_secret", not_text)],
            ("SecretInvalid", "is not UTF-8 text"),
        ),
        case(
            "client-secret-missing",
            client("missing"),
            &[good],
            ("SecretNotFound", "spec.client.secretRef: Secret `missing`"),
        ),
        case(
            "further-missing",
            further,
            &[good],
            (lacks, "spec.parametersFrom: Secret `further-missing` has no key `api`"),
        ),
        case("ready-missing", ready("ready-missing"), &[good], (lacks, "spec.assertion.valueFrom")),
        case(
            "ready-empty",
            ready("ready-empty"),
            &[good, ("jwt", b"")],
            ("SecretInvalid", "is empty"),
        ),
        case(
            "truststore-missing",
            truststore("missing"),
            &[good],
            ("SecretNotFound", "spec.tls.truststoreRef"),
        ),
        case(
            "truststore-none",
            truststore("truststore-none"),
            &[good, ("ca.crt", b"none")],
            ("TruststoreInvalid", "spec.tls.truststoreRef"),
        ),
        case("proxy-missing", proxy("missing"), &[good], ("SecretNotFound", "spec.proxyRef")),
        case(
            "proxy-address-missing",
            proxy("proxy-address-missing"),
            &[good],
            (lacks, "`address`"),
        ),
        case(
            "proxy-scheme",
            proxy("proxy-scheme"),
            &[good, ("address", b"ftp://canary-of-a-secret")],
            ("ProxyInvalid", "spec.proxyRef"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_secret_is_reported_by_name_and_key_until_it_is_corrected() {
    let (scene, simulator) = play("bad-secret", cases()).await;
    let canaries = [CANARY, "-of-a-secret"].map(str::to_owned);
    scene.assert_no_leak(&[&canaries[..], &simulator.secrets()].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_and_restored_secret_does_not_change_the_token() {
    let (scene, simulator) = open("secret-gone").await;
    let metronome = Metronome::start(&scene).await;
    scene.apply("crm", jwt(&simulator)).await;
    scene.until_issued("crm").await;
    let token = scene.data("crm-token").await;
    scene.secrets().delete("keystore", &DeleteParams::default()).await.unwrap();
    let failing = scene.until("crm", "Ready", "True", "RefreshFailed").await;
    let refreshed = condition(&failing, "Refreshed");
    assert_eq!(refreshed, ("False".to_owned(), "SecretNotFound".to_owned()));
    metronome.beats(2).await;
    assert_eq!(scene.data("crm-token").await, token, "the last good token is untouched");

    let files = [("tls.key", "rsa.p8.pem"), ("tls.crt", "rsa.crt.pem")];
    let files = files.map(|(key, file)| (key, fixtures::bytes(file)));
    super::put(&scene, "keystore", &files).await;
    let issued = scene.until_issued("crm").await;
    assert_eq!(condition(&issued, "Stalled").0, "");
    metronome.beats(2).await;
    assert_eq!(simulator.count(), 1, "the same key is back");
}
