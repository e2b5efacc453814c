//! Compares the header of the assertion with the output of `openssl` for the certificate.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rig::servers::config::Client;
use serde_json::{Value, json};

use super::server::header;
use super::trial::{Trial, bearer, jwt, with};
use crate::keys::fixtures;

/// Returns the fingerprint of a certificate from `openssl`, in the notation of the header.
pub fn fingerprint(certificate: &[u8], digest: &str) -> String {
    let arguments = ["x509", "-noout", "-fingerprint", digest];
    let output = fixtures::run(&std::env::temp_dir(), "openssl", &arguments, certificate);
    let output = String::from_utf8(output).unwrap();
    let hexadecimal = output.trim().split_once('=').expect("openssl prints NAME=FINGERPRINT").1;
    let octet = |text| u8::from_str_radix(text, 16).unwrap();
    URL_SAFE_NO_PAD.encode(hexadecimal.split(':').map(octet).collect::<Vec<u8>>())
}

/// Returns a certificate in the notation of `x5c`.
fn x5c(file: &str) -> Value {
    let arguments = ["x509", "-outform", "DER"];
    let pem = fixtures::bytes(file);
    STANDARD.encode(fixtures::run(&std::env::temp_dir(), "openssl", &arguments, &pem)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_has_the_configured_parameters_and_matches_openssl() {
    let leaf = fixtures::bytes("leaf.crt");
    let registered = Client::bearer("app", &String::from_utf8(leaf.clone()).unwrap());
    let client = Client { key_id: Some("key-7".to_owned()), ..registered };
    let trial = Trial::open("header", vec![client]).await;
    let store = fixtures::bytes("ossl.default.p12");
    let password = fixtures::STORE.as_bytes();
    let data: [(&str, &[u8]); 2] = [("keystore.p12", &store), ("password", password)];
    trial.scene.put_secret("store", &data).await;
    let header_spec = json!({ "assertion": { "header": {
        "kid": "key-7", "typ": "at+jwt", "thumbprints": ["x5t", "x5t#S256"], "x5c": true } } });
    for server in &trial.servers {
        trial.scene.apply(server.name, with(jwt(server, "app", "store"), &header_spec)).await;
        trial.scene.until_issued(server.name).await;
        let request = server.last_accepted();
        assert_eq!(header(&request, "kid"), "key-7");
        assert_eq!(header(&request, "typ"), "at+jwt");
        assert_eq!(header(&request, "x5t"), fingerprint(&leaf, "-sha1"));
        assert_eq!(header(&request, "x5t#S256"), fingerprint(&leaf, "-sha256"));
        let chain = ["leaf.crt", "issuer.crt", "root.crt"].map(x5c);
        assert_eq!(header(&request, "x5c"), Value::from(chain.to_vec()));
        let registered = request.registered_thumbprints.as_ref().expect("a certificate");
        assert_eq!(header(&request, "x5t"), registered["x5t"]);
        assert_eq!(header(&request, "x5t#S256"), registered["x5t#S256"]);
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_header_has_only_algorithm_and_type() {
    let trial = Trial::open("bare-header", vec![bearer("app", "rsa")]).await;
    trial.put_key("rsa").await;
    for server in &trial.servers {
        trial.scene.apply(server.name, jwt(server, "app", "rsa")).await;
        trial.scene.until_issued(server.name).await;
        let header = Value::from(server.last_accepted().header.expect("a header"));
        assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT" }));
    }
    trial.end().await;
}
