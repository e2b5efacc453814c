//! The Connections of the demo, each with a key of its own in another kind of keystore.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection_core::random;
use rcgen::{Certificate, CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::{jks, pkcs12};

/// A Connection and what the provider is to know of it.
#[derive(Debug)]
pub struct Example {
    /// The Connection's name.
    pub name: &'static str,
    /// What its keystore is, for people.
    pub keystore: &'static str,
    /// The certificate to register at the provider, PEM.
    pub certificate: String,
    /// The manifest, filled in.
    pub manifest: Manifest,
}

impl Example {
    /// The `iss` of its assertions.
    pub fn issuer(&self) -> String {
        format!("{}-client", self.name)
    }

    /// The name of its token Secret.
    pub fn secret(&self) -> String {
        format!("{}-token", self.name)
    }
}

/// Makes the keys and fills in the manifests. Without a JDK the Java keystore is left out.
/// The keystore that keytool makes goes through `folder`.
pub fn all(folder: &Path, token_endpoint: &str) -> Result<Vec<Example>, Failure> {
    let mut examples = vec![pem()?, pkcs12()?];
    if jks::keytool_runs() {
        examples.push(jks(folder)?);
    }
    let filled = |example: Example| Example {
        manifest: example.manifest.with("TOKEN_ENDPOINT", token_endpoint),
        ..example
    };
    Ok(examples.into_iter().map(filled).collect())
}

fn pem() -> Result<Example, Failure> {
    let name = "crm";
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
    let key = key.map_err(keystore(name))?;
    let certificate = certificate(name, &key)?.pem();
    let manifest = Manifest::read("pem.yaml")?
        .with_data("CERTIFICATE", certificate.as_bytes())
        .with_data("KEY", key.serialize_pem().as_bytes());
    Ok(Example { name, keystore: "PEM, RSA", certificate, manifest })
}

fn pkcs12() -> Result<Example, Failure> {
    let name = "erp";
    let key = KeyPair::generate().map_err(keystore(name))?;
    let certificate = certificate(name, &key)?;
    let password = password();
    let store = pkcs12::store(key.serialized_der(), certificate.der(), name, &password);
    let manifest = Manifest::read("pkcs12.yaml")?
        .with_data("KEYSTORE", &store.map_err(keystore(name))?)
        .with_data("PASSWORD", password.as_bytes());
    Ok(Example { name, keystore: "PKCS#12, P-256", certificate: certificate.pem(), manifest })
}

fn jks(folder: &Path) -> Result<Example, Failure> {
    let name = "hr";
    let (password, key_password) = (password(), password());
    let made = jks::make(folder, &password, &key_password).map_err(keystore(name))?;
    let manifest = Manifest::read("jks.yaml")?
        .with_data("KEYSTORE", &made.store)
        .with_data("PASSWORD", password.as_bytes())
        .with_data("KEY_PASSWORD", key_password.as_bytes());
    Ok(Example { name, keystore: "JKS, RSA", certificate: made.certificate, manifest })
}

fn certificate(name: &'static str, key: &KeyPair) -> Result<Certificate, Failure> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.self_signed(key).map_err(keystore(name))
}

fn password() -> String {
    URL_SAFE_NO_PAD.encode(random::bytes::<12>())
}

fn keystore<E: ToString>(example: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::Keystore { example, why: error.to_string() }
}
