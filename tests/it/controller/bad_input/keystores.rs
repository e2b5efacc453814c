//! Keystores that give no key, or not the one that is wanted.

use serde_json::{Value, json};

use super::{Case, case, pem_lines, play};
use crate::controller::lifecycle::{jwt, open};
use crate::keys::fixtures::{self, KEY, STORE, bytes};
use crate::stage::{condition, message};

const WRONG: &str = "canary-wrong-password";
const PASSWORD: &str = "KeystorePasswordInvalid";

/// A keystore file under a key of the Secret, with passwords.
fn store(
    name: &'static str,
    (key, file): (&'static str, &str),
    passwords: &[(&'static str, &str)],
    spec: Value,
    (reason, says): (&'static str, &'static str),
) -> Case {
    let mut secret = vec![(key, bytes(file))];
    secret.extend(passwords.iter().map(|(key, text)| (*key, text.as_bytes().to_vec())));
    let mut laid_over = json!({});
    laid_over["assertion"] = spec;
    Case { name, spec: laid_over, secret, reason, says }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn of_the_store() -> Vec<Case> {
    let p12 = "keystore.p12";
    let jks = "keystore.jks";
    let password = ("password", STORE);
    let alias = |alias: &str| json!({ "keyAlias": alias });
    let none = || json!({});
    let half = |name, file, expected| {
        let whole = bytes(file);
        let data = [("keystore.p12", &whole[..whole.len() / 2]), ("password", STORE.as_bytes())];
        case(name, json!({ "assertion": { "keyAlias": "rsa2048" } }), &data, expected)
    };
    let text = b"this is no keystore".as_slice();
    let unknown = ("KeystoreFormatUnknown", "not in PEM, JKS or PKCS#12 format");
    vec![
        case("unknown-format", none(), &[("keystore.jks", text)], unknown),
        case("empty", none(), &[("keystore.jks", b"")], unknown),
        store(
            "p12-password",
            (p12, "ossl.default.p12"),
            &[("password", WRONG)],
            none(),
            (PASSWORD, "store password is wrong"),
        ),
        store(
            "jks-password",
            (jks, "multi.jks"),
            &[("password", WRONG)],
            none(),
            (PASSWORD, "store password is wrong"),
        ),
        store(
            "no-password",
            (p12, "ossl.default.p12"),
            &[],
            none(),
            (PASSWORD, "requires a password"),
        ),
        store(
            "key-password",
            (jks, "multi.jks"),
            &[password, ("key-password", WRONG)],
            alias("ec256"),
            ("KeyPasswordInvalid", "key password is wrong"),
        ),
        store(
            "key-password-of-another",
            (jks, "multi.jks"),
            &[password, ("key-password", KEY)],
            alias("ec256"),
            ("KeyPasswordInvalid", "key password is wrong"),
        ),
        store(
            "pem-password",
            ("keystore.pem", "enc.default.pem"),
            &[],
            none(),
            ("KeyPasswordInvalid", "requires a password"),
        ),
        store(
            "alias",
            (p12, "multi.p12"),
            &[password],
            alias("missing"),
            ("KeyAliasNotFound", "no private key has the alias \"missing\""),
        ),
        store(
            "alias-of-a-certificate",
            (p12, "multi.p12"),
            &[password],
            alias("trust1"),
            ("KeyAliasNotFound", "keytool -list"),
        ),
        store(
            "several-keys",
            (p12, "multi.p12"),
            &[password],
            none(),
            ("KeyAliasRequired", "5 private keys match"),
        ),
        store(
            "certificates-only",
            (p12, "certsonly.p12"),
            &[password],
            none(),
            ("PrivateKeyNotFound", "contains no private key"),
        ),
        store(
            "truststore",
            (jks, "trust.jks"),
            &[password],
            none(),
            ("PrivateKeyNotFound", "contains no private key"),
        ),
        half("p12-damaged", "ossl.default.p12", ("KeystoreCorrupted", "export it again")),
        half("jks-damaged", "multi.jks", ("KeystoreCorrupted", "export it again")),
        store(
            "costly",
            (p12, "ossl.costly.p12"),
            &[password],
            none(),
            ("KeystoreLimitExceeded", "fewer iterations"),
        ),
        store(
            "rc4",
            (p12, "ossl.rc4key.p12"),
            &[password],
            none(),
            ("KeystoreUnsupported", "convert it"),
        ),
    ]
}

fn of_the_key() -> Vec<Case> {
    let pem = "keystore.pem";
    let none = || json!({});
    let shows = json!({ "header": { "thumbprints": ["x5t#S256"] } });
    let with_certificate = |name: &'static str, certificate: Vec<u8>, reason, says| {
        let reference = json!({ "name": name, "key": "shown" });
        let header = json!({ "header": { "certificateRef": reference, "x5c": true } });
        let secret = vec![(pem, bytes("rsa.p8.pem")), ("shown", certificate)];
        Case { name, spec: json!({ "assertion": header }), secret, reason, says }
    };
    let fit = ("AlgorithmMismatch", "spec.assertion.keystoreRef");
    let pair = [("tls.key", bytes("rsa.p8.pem")), ("tls.crt", bytes("p256.crt.pem"))];
    vec![
        store(
            "weak",
            (pem, "rsa1024.p8.pem"),
            &[],
            none(),
            ("KeyTooWeak", "1024 bits: use a key of 2048"),
        ),
        store("algorithm-of-rsa", (pem, "p256.p8.pem"), &[], json!({ "algorithm": "RS256" }), fit),
        store("algorithm-of-ec", (pem, "rsa.p8.pem"), &[], json!({ "algorithm": "ES384" }), fit),
        store("curve", (pem, "p256.p8.pem"), &[], json!({ "algorithm": "ES384" }), fit),
        store(
            "secp256k1",
            (pem, "k256.p8.pem"),
            &[],
            none(),
            ("KeyUnsupported", "use RSA, EC P-256"),
        ),
        store(
            "thumbprint-without-certificate",
            (pem, "rsa.p8.pem"),
            &[],
            shows,
            ("CertificateMissing", "spec.assertion.keystoreRef"),
        ),
        with_certificate(
            "certificate-of-another",
            bytes("p256.crt.pem"),
            "CertificateMismatch",
            "issued for this key",
        ),
        with_certificate(
            "no-certificate",
            b"none".to_vec(),
            "CertificateInvalid",
            "key `shown` of Secret `no-certificate`",
        ),
        Case {
            name: "tls-of-two-keys",
            spec: none(),
            secret: pair.to_vec(),
            reason: "CertificateMismatch",
            says: "export the key together with its certificate",
        },
    ]
}

fn secrets() -> Vec<String> {
    let passwords = [WRONG, STORE, KEY, "otherpw55", "this is no keystore"].map(str::to_owned);
    let keys = ["rsa", "rsa1024", "p256", "k256"].map(|name| bytes(&format!("{name}.p8.pem")));
    let lines = keys.iter().flat_map(|key| pem_lines(key));
    passwords.into_iter().chain(lines).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_keystore_is_reported_until_it_is_corrected() {
    let (scene, simulator) = play("bad-store", of_the_store()).await;
    scene.assert_no_leak(&[secrets(), simulator.secrets()].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_sign_is_reported_until_it_is_corrected() {
    let (scene, simulator) = play("bad-key", of_the_key()).await;
    scene.assert_no_leak(&[secrets(), simulator.secrets()].concat()).await;
}

/// A keystore with a certificate that expired long ago.
fn expired() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let words = "-genkeypair -keystore old.p12 -storetype PKCS12 -alias old -keyalg EC \
        -groupname secp256r1 -dname CN=old -startdate 2020/01/01 -validity 30 -storepass storepw12";
    fixtures::run(dir.path(), "keytool", &words.split_whitespace().collect::<Vec<_>>(), b"");
    std::fs::read(dir.path().join("old.p12")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_a_warning_and_no_failure() {
    let (scene, simulator) = open("expired").await;
    scene.put_secret("old", &[("keystore.p12", &expired()), ("password", STORE.as_bytes())]).await;
    let mut spec = jwt(&simulator);
    spec["assertion"]["keystoreRef"]["name"] = json!("old");
    spec["assertion"]["header"] = json!({ "thumbprints": ["x5t"] });
    scene.apply("crm", spec).await;
    let issued = scene.until_issued("crm").await;
    let refreshed = condition(&issued, "Refreshed");
    assert_eq!(refreshed, ("True".to_owned(), "CertificateExpired".to_owned()));
    assert!(message(&issued, "Refreshed").contains("renew it before the provider rejects it"));
    assert_eq!(condition(&issued, "Stalled").0, "");
    let group = issued.status.unwrap().connection_group.unwrap();
    assert_eq!(group.key_alias.as_deref(), Some("old"));
    assert!(group.certificate_not_after.unwrap().to_string().starts_with("2020-01-31"));
    scene.until_event("crm", "CertificateExpired").await;
}
