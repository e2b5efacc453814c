use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection_core::keys::algorithm::Algorithm;
use connection_core::keys::algorithm::AlgorithmMismatch;
use connection_core::keys::error::KeystoreError;
use connection_core::keys::keystore::KeyPair;
use connection_core::keys::keystore::Keystore;

use super::fixtures::STORE;
use super::fixtures::bytes;
use super::fixtures::run;
use super::open;
use super::secret;

/// Signs a JWT; returns the signing input and the signature.
fn sign(pair: &KeyPair, algorithm: Algorithm) -> (String, Vec<u8>) {
    let header = jsonwebtoken::Header::new(algorithm.into());
    let claims = serde_json::json!({ "iss": "someone", "aud": "https://example.com" });
    let key = pair.private_key.encoding_key().unwrap();
    let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    (message.to_owned(), URL_SAFE_NO_PAD.decode(signature).unwrap())
}

/// Converts an ECDSA signature from JOSE (RFC 7518 section 3.4) to DER, the format of `openssl`.
fn ecdsa_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let integer = |number: &[u8]| {
        let leading = number.iter().take_while(|byte| **byte == 0).count();
        let mut number = number[leading..].to_vec();
        if number[0] & 0x80 != 0 {
            number.insert(0, 0);
        }
        [&[2, u8::try_from(number.len()).unwrap()][..], &number].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()][..], &both].concat()
}

/// Verifies a signature with `openssl` and the public key of the certificate.
fn verify(dir: &Path, pair: &KeyPair, algorithm: Algorithm, message: &str, signature: &[u8]) {
    let write = |file: &str, bytes: &[u8]| fs::write(dir.join(file), bytes).unwrap();
    write("leaf.der", pair.chain[0].der());
    let from = ["x509", "-inform", "DER", "-in", "leaf.der", "-noout", "-pubkey"];
    write("public.pem", &run(dir, "openssl", &from, b""));
    write("message", message.as_bytes());
    let digest = format!("-sha{}", algorithm.as_str().trim_start_matches(char::is_alphabetic));
    let mut command = vec!["dgst", &digest, "-verify", "public.pem", "-signature", "signature"];
    match algorithm.as_str().get(..2).unwrap() {
        "PS" => {
            let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
            command.extend(pss);
        }
        "Ed" => {
            command = vec!["pkeyutl", "-verify", "-rawin", "-in", "message"];
            command.extend(["-pubin", "-inkey", "public.pem", "-sigfile", "signature"]);
        }
        _ => {}
    }
    if !command.contains(&"-rawin") {
        command.push("message");
    }
    let is_ecdsa = algorithm.as_str().starts_with("ES");
    write("signature", &if is_ecdsa { ecdsa_der(signature) } else { signature.to_vec() });
    run(dir, "openssl", &command, b"");
}

#[test]
fn openssl_verifies_every_algorithm_with_the_certificate() {
    let dir = tempfile::tempdir().unwrap();
    for (alias, algorithms) in [
        ("rsa2048", &Algorithm::ALL[..6]),
        ("ec256", &[Algorithm::ES256]),
        ("ec384", &[Algorithm::ES384]),
        ("ed25519", &[Algorithm::EdDSA]),
    ] {
        let pair = open("multi.p12", STORE).key_pair(Some(alias), None).unwrap();
        for algorithm in algorithms {
            let chosen = Algorithm::choose(&pair.private_key, Some(*algorithm)).unwrap();
            let (message, signature) = sign(&pair, chosen);
            verify(dir.path(), &pair, chosen, &message, &signature);
        }
    }
}

#[test]
fn openssl_verifies_keys_of_every_form_with_the_usual_algorithm() {
    let dir = tempfile::tempdir().unwrap();
    for (key, certificate) in [
        ("rsa.p1.pem", "rsa.crt.pem"),
        ("p256.sec1.pem", "p256.crt.pem"),
        ("p384.sec1.pem", "p384.crt.pem"),
        ("ed25519.p8.pem", "ed25519.crt.pem"),
        ("enc.default.pem", "p256.crt.pem"),
    ] {
        let store = Keystore::from_tls(&bytes(certificate), &bytes(key)).unwrap();
        let pair = store.key_pair(None, Some(&secret(super::fixtures::KEY))).unwrap();
        let algorithm = Algorithm::choose(&pair.private_key, None).unwrap();
        let (message, signature) = sign(&pair, algorithm);
        verify(dir.path(), &pair, algorithm, &message, &signature);
    }
}

#[test]
#[should_panic(expected = "Verification failure")]
fn openssl_rejects_a_changed_signature() {
    let dir = tempfile::tempdir().unwrap();
    let pair = open("multi.p12", STORE).key_pair(Some("rsa2048"), None).unwrap();
    let (message, mut signature) = sign(&pair, Algorithm::RS256);
    signature[9] ^= 1;
    verify(dir.path(), &pair, Algorithm::RS256, &message, &signature);
}

#[test]
fn an_algorithm_that_the_key_does_not_support_is_rejected() {
    let key = |file: &str| {
        Keystore::open(&bytes(file), None).unwrap().key_pair(None, None).unwrap().private_key
    };
    let default = |file| Algorithm::choose(&key(file), None);
    assert_eq!(default("rsa.p8.pem"), Ok(Algorithm::RS256));
    assert_eq!(default("p256.p8.pem"), Ok(Algorithm::ES256));
    assert_eq!(default("p384.p8.pem"), Ok(Algorithm::ES384));
    assert_eq!(default("ed25519.p8.pem"), Ok(Algorithm::EdDSA));
    for (file, requested) in [
        ("rsa.p8.pem", Algorithm::ES256),
        ("p256.p8.pem", Algorithm::ES384),
        ("p384.p8.pem", Algorithm::PS256),
        ("ed25519.p8.pem", Algorithm::RS256),
    ] {
        let key = key(file);
        let mismatch = AlgorithmMismatch { requested: Some(requested), kind: key.kind() };
        assert_eq!(Algorithm::choose(&key, Some(requested)), Err(mismatch));
    }
    let p521 = key("p521.p8.pem");
    assert!(Algorithm::choose(&p521, None).is_err());
    assert!(matches!(p521.encoding_key(), Err(KeystoreError::UnsupportedKey { .. })));
}
