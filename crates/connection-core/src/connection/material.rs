//! The secrets that a request uses, read and opened.

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
    /// The grant's assertion.
    pub grant: Option<AssertionMaterial>,
    /// The client's assertion.
    pub client: Option<AssertionMaterial>,
    /// The certificate that the client shows when it connects, and its key.
    pub identity: Option<Arc<KeyPair>>,
    /// The client secret.
    pub client_secret: Option<SecretString>,
    /// Further parameters, by name.
    pub parameters: Vec<(String, SecretString)>,
}

/// What an assertion is made of.
#[derive(Clone)]
pub enum AssertionMaterial {
    /// It is there as it is.
    Static(Arc<SecretString>),
    /// The key that signs it.
    Signed(Arc<Signer>),
}

impl Material {
    /// The digest of what a request uses: key, certificates, secrets; not the passwords that opened
    /// them, so that a keystore saved under another password is no change.
    #[must_use]
    pub fn digest(&self, salt: &[u8]) -> Digest {
        let mut collector = DigestBuilder::new(salt);
        for assertion in [&self.grant, &self.client] {
            match assertion {
                None => collector.add(b"none"),
                Some(AssertionMaterial::Static(text)) => {
                    collector.add(text.expose_secret().as_bytes());
                }
                Some(AssertionMaterial::Signed(signer)) => {
                    collector.add(&signer.key_thumbprint());
                    for certificate in signer.chain() {
                        collector.add(certificate.der());
                    }
                }
            }
        }
        for certificate in self.identity.iter().flat_map(|one| &one.chain) {
            collector.add(certificate.der());
        }
        collector
            .add(self.client_secret.as_ref().map_or(b"", |one| one.expose_secret().as_bytes()));
        for (name, value) in &self.parameters {
            collector.add(name.as_bytes());
            collector.add(value.expose_secret().as_bytes());
        }
        collector.finish()
    }

    /// The digest of all that makes a signer sign as it does: signers with the same one can stand in
    /// for each other.
    #[must_use]
    pub fn digest_of_signer(signer: &Signer) -> Digest {
        let mut collector = DigestBuilder::new(b"signer");
        collector.add(signer.algorithm().as_str().as_bytes());
        collector.add(&[signer.alias().is_some().into()]);
        collector.add(signer.alias().unwrap_or_default().as_bytes());
        collector.add(&signer.key_thumbprint());
        for certificate in signer.chain() {
            collector.add(certificate.der());
        }
        collector.finish()
    }

    /// The signer of the assertion that says who asks: the grant's, else the client's.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        match self.grant.as_ref().or(self.client.as_ref()) {
            Some(AssertionMaterial::Signed(signer)) => Some(signer),
            _ => None,
        }
    }

    /// Alias of the signing key.
    #[must_use]
    pub fn key_alias(&self) -> Option<String> {
        self.signer().and_then(Signer::alias).map(str::to_owned)
    }

    /// When the first of the certificates expires: the signing key's, and the one that the client
    /// shows when it connects.
    #[must_use]
    pub fn certificate_not_after(&self) -> Option<Timestamp> {
        let signer = self.signer().and_then(Signer::certificate);
        let identity = self.identity.as_ref().and_then(|one| one.chain.first());
        signer.into_iter().chain(identity).map(Certificate::not_after).min()
    }
}
