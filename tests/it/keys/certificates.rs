use connection_core::keys::certificate::Certificate;
use connection_core::keys::error::KeystoreError;

use super::fixtures::bytes;
use super::fixtures::run;

/// Runs `openssl x509` on a certificate; returns the output after the first `=`.
fn openssl(file: &str, options: &[&str]) -> String {
    let arguments = [&["x509", "-noout"][..], options].concat();
    let output = run(&std::env::temp_dir(), "openssl", &arguments, &bytes(file));
    let text = String::from_utf8(output).unwrap();
    text.split_once('=').unwrap().1.trim().to_owned()
}

/// Converts base64url to the hexadecimal notation of openssl.
fn fingerprint(thumbprint: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(thumbprint).unwrap();
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[test]
fn thumbprints_dates_and_body_match_openssl() {
    for file in ["rsa.crt.pem", "p256.crt.pem", "p521.crt.pem", "ed25519.crt.pem", "leaf.crt"] {
        let certificate = Certificate::from_pem(&bytes(file)).unwrap();
        assert_eq!(fingerprint(&certificate.x5t()), openssl(file, &["-fingerprint", "-sha1"]));
        assert_eq!(
            fingerprint(&certificate.x5t_s256()),
            openssl(file, &["-fingerprint", "-sha256"])
        );
        let iso = |time: jiff::Timestamp| time.to_string().replace('T', " ");
        let dates = ["-dateopt", "iso_8601"];
        let date = |which| openssl(file, &[&[which][..], &dates].concat());
        assert_eq!(iso(certificate.not_before()), date("-startdate"));
        assert_eq!(iso(certificate.not_after()), date("-enddate"));
        let text = String::from_utf8(bytes(file)).unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(certificate.x5c(), body);
        assert_eq!(Certificate::from_der(certificate.der()), Ok(certificate));
    }
}

#[test]
fn version_1_is_supported() {
    let version = openssl("leaf.crt", &["-text", "-certopt", "no_header,no_sigdump"]);
    assert!(!version.contains("X509v3 extensions"));
    let certificate = Certificate::from_pem(&bytes("leaf.crt")).unwrap();
    assert_eq!(certificate.subject(), "CN=leaf, O=Tests");
}

#[test]
fn invalid_certificates_are_rejected() {
    let none = Certificate::from_pem(&bytes("rsa.p8.pem")).unwrap_err();
    assert!(matches!(none, KeystoreError::UnknownFormat { .. }));
    let der = Certificate::from_pem(&bytes("rsa.crt.pem")).unwrap().der().to_vec();
    for broken in [&der[..der.len() - 1], &[&der[..], &[0]].concat(), b""] {
        let error = Certificate::from_der(broken).unwrap_err();
        assert!(matches!(error, KeystoreError::Corrupted { .. }));
    }
}
