//! The secrets that a request uses, read and decrypted.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::connection::digest::{Digest, DigestBuilder};
use crate::keys::certificate::Certificate;
use crate::keys::keystore::KeyPair;
use crate::oauth::signer::Signer;

/// The secrets that a request uses.
#[derive(Default)]
pub struct Material {
    /// The assertion that is the grant.
    pub grant: Option<AssertionMaterial>,
    /// The assertion that authenticates the client.
    pub client: Option<AssertionMaterial>,
    /// The TLS client certificate and its key.
    pub identity: Option<Arc<KeyPair>>,
    pub client_secret: Option<SecretString>,
    /// Further parameters, by name.
    pub parameters: Vec<(String, SecretString)>,
}

/// The source of an assertion.
#[derive(Clone)]
pub enum AssertionMaterial {
    Static(Arc<SecretString>),
    Signed(Arc<Signer>),
}

impl Material {
    /// Returns the digest of keys, certificates and secrets. Passwords are not included, so a keystore
    /// that is saved with another password is not a change.
    pub fn digest(&self, salt: &[u8]) -> Digest {
        let mut builder = DigestBuilder::new(salt);
        for assertion in [&self.grant, &self.client] {
            match assertion {
                // Distinguishes a single assertion of the grant from one of the client.
                None => builder.add(b"none"),
                Some(AssertionMaterial::Static(text)) => {
                    builder.add(text.expose_secret().as_bytes());
                }
                Some(AssertionMaterial::Signed(signer)) => {
                    builder.add(&signer.key_thumbprint());
                    for certificate in signer.chain() {
                        builder.add(certificate.der());
                    }
                }
            }
        }
        // A certificate contains the public key, so the private key is not needed.
        for certificate in self.identity.iter().flat_map(|pair| &pair.chain) {
            builder.add(certificate.der());
        }
        builder.add(
            self.client_secret.as_ref().map_or(b"", |secret| secret.expose_secret().as_bytes()),
        );
        for (name, value) in &self.parameters {
            builder.add(name.as_bytes());
            builder.add(value.expose_secret().as_bytes());
        }
        builder.finish()
    }

    /// Returns the digest of everything that a signature depends on: signers with the same digest are
    /// interchangeable.
    pub fn signer_digest(signer: &Signer) -> Digest {
        // No salt: only public keys and certificates are included.
        let mut builder = DigestBuilder::new(b"signer");
        builder.add(signer.algorithm().as_str().as_bytes());
        // Distinguishes no alias from an empty one.
        builder.add(&[signer.alias().is_some().into()]);
        builder.add(signer.alias().unwrap_or_default().as_bytes());
        builder.add(&signer.key_thumbprint());
        for certificate in signer.chain() {
            builder.add(certificate.der());
        }
        builder.finish()
    }

    /// Returns the signer of the grant's assertion, or that of the client's assertion.
    pub fn signer(&self) -> Option<&Signer> {
        match self.grant.as_ref().or(self.client.as_ref()) {
            Some(AssertionMaterial::Signed(signer)) => Some(signer),
            _ => None,
        }
    }

    pub fn key_alias(&self) -> Option<String> {
        self.signer().and_then(Signer::alias).map(str::to_owned)
    }

    /// Returns when the first certificate expires: that of the signing key or the TLS client
    /// certificate.
    pub fn certificate_not_after(&self) -> Option<Timestamp> {
        let signer = self.signer().and_then(Signer::certificate);
        // The certificate of the key is the first of the chain (RFC 8446 section 4.4.2).
        let identity = self.identity.as_ref().and_then(|pair| pair.chain.first());
        signer.into_iter().chain(identity).map(Certificate::not_after).min()
    }
}
