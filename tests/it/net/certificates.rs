//! Certificates of servers and clients, and the stores that openssl and keytool make of them.

use std::fs;
use std::sync::LazyLock;

use rig::parts::authority::{Authority, Pair};
use tempfile::tempdir;

use crate::keys::fixtures::{STORE, run};

/// The authority of the servers.
pub fn servers() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("servers").unwrap());
    &AUTHORITY
}

/// The authority of the clients.
pub fn clients() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("clients").unwrap());
    &AUTHORITY
}

/// An unknown certificate authority.
pub fn stranger() -> Authority {
    Authority::new("stranger").unwrap()
}

/// The certificate of a server on this machine.
pub fn server() -> Pair {
    servers().server(&["127.0.0.1", "localhost"]).unwrap()
}

/// The data of a Secret of type `kubernetes.io/tls`.
pub fn tls(pair: &Pair) -> [(&'static str, &[u8]); 2] {
    [("tls.crt", pair.certificate.as_bytes()), ("tls.key", pair.key.as_bytes())]
}

/// The serial number as openssl and nginx write it.
pub fn serial(pair: &Pair) -> String {
    let folder = tempdir().unwrap();
    let words = ["x509", "-noout", "-serial"];
    let said = run(folder.path(), "openssl", &words, pair.certificate.as_bytes());
    String::from_utf8(said).unwrap().trim().trim_start_matches("serial=").to_owned()
}

/// A PKCS#12 keystore by openssl; its password is [`STORE`].
pub fn pkcs12(pair: &Pair) -> Vec<u8> {
    let folder = tempdir().unwrap();
    let both = format!("{}{}", pair.key, pair.certificate);
    let password = format!("pass:{STORE}");
    let words = ["pkcs12", "-export", "-name", "client", "-passout", &password];
    run(folder.path(), "openssl", &words, both.as_bytes())
}

/// A JKS keystore by keytool; its password is [`STORE`].
pub fn jks(pair: &Pair) -> Vec<u8> {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("from.p12"), pkcs12(pair)).unwrap();
    let from = format!("-importkeystore -noprompt -srckeystore from.p12 -srcstorepass {STORE}");
    let to = format!("-destkeystore to.jks -deststoretype JKS -deststorepass {STORE}");
    let words = format!("{from} {to}");
    run(folder.path(), "keytool", &words.split(' ').collect::<Vec<_>>(), b"");
    fs::read(folder.path().join("to.jks")).unwrap()
}

/// A truststore by keytool, of type `PKCS12` or `JKS`; its password is [`STORE`].
pub fn truststore(kind: &str, certificate: &str) -> Vec<u8> {
    let folder = tempdir().unwrap();
    let store = format!("-keystore store -storetype {kind} -storepass {STORE}");
    let words = format!("-importcert -noprompt -alias ca {store}");
    let words = words.split(' ').collect::<Vec<_>>();
    run(folder.path(), "keytool", &words, certificate.as_bytes());
    fs::read(folder.path().join("store")).unwrap()
}

/// An X.509 version 1 certificate of the clients' authority, by openssl.
pub fn version_1() -> Pair {
    let folder = tempdir().unwrap();
    let authority = &clients().pair;
    fs::write(folder.path().join("ca.crt"), &authority.certificate).unwrap();
    fs::write(folder.path().join("ca.key"), &authority.key).unwrap();
    let openssl = |words: &str, input: &[u8]| {
        let words = words.split(' ').collect::<Vec<_>>();
        String::from_utf8(run(folder.path(), "openssl", &words, input)).unwrap()
    };
    let key = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out client.key", b"");
    assert_eq!(key, "");
    let request = openssl("req -new -key client.key -subj /CN=old", b"");
    let sign = "x509 -req -CA ca.crt -CAkey ca.key -set_serial 4711 -days 2";
    let certificate = openssl(sign, request.as_bytes());
    let text = openssl("x509 -noout -text", certificate.as_bytes());
    assert!(text.contains("Version: 1 (0x0)"), "{text}");
    let key = fs::read_to_string(folder.path().join("client.key")).unwrap();
    Pair { certificate, key }
}
