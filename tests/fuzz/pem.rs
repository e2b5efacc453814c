use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connection_core::keys::keystore::Keystore;
use secrecy::SecretString;

use crate::asn1;
use crate::jks::exercise;
use crate::random::Random;
use crate::runner::fuzz;

fn block(random: &mut Random) -> String {
    let labels = [
        "PRIVATE KEY",
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "CERTIFICATE",
        "CERTIFICATE",
        "EC PARAMETERS",
        "OPENSSH PRIVATE KEY",
    ];
    let label = *random.pick(&labels);
    let certificate = label == "CERTIFICATE";
    let mut der = if certificate { asn1::certificate(random) } else { asn1::private_key(random) };
    if random.one_in(3) {
        random.mutate(&mut der);
    }
    let end = if random.one_in(16) { "PRIVATE KEY" } else { label };
    let newline = *random.pick(&["\n", "\r\n", "\r", " "]);
    let digits = STANDARD.encode(der);
    format!("-----BEGIN {label}-----{newline}{digits}{newline}-----END {end}-----{newline}")
}

fn generate(random: &mut Random) -> Vec<u8> {
    let count = 1 + random.below(3);
    let mut text: Vec<u8> = (0..count).flat_map(|_| block(random).into_bytes()).collect();
    if random.one_in(2) {
        random.mutate(&mut text);
    }
    text
}

#[test]
fn no_pem_panics() {
    let password = SecretString::from("password");
    fuzz("pem", generate, |file| {
        exercise(file, Some(&password));
        if let Ok(store) = Keystore::from_tls(file, file) {
            let _ = store.key_pair(None, Some(&password));
        }
    });
}

#[test]
fn the_generator_produces_valid_files() {
    let files = (0..2000).map(|seed| generate(&mut Random::new(seed)));
    assert!(files.filter(|file| exercise(file, None) > 0).count() > 20);
}
