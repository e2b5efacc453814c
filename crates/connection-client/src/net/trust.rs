//! The CAs that are trusted to issue server certificates.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use crate::net::error::BuildError;
use crate::net::root_store::public_roots;
use connection_core::connection::digest::{Digest, DigestBuilder};
use connection_core::keys::certificate::Certificate;

/// The trusted CAs.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The public CAs.
    #[default]
    Public,
    /// The public CAs and these.
    And(Vec<Certificate>),
    /// Only these.
    Only(Vec<Certificate>),
    /// `And` or `Only`, shared by all Connections with equal certificates
    /// ([`HttpClients::intern`](crate::net::clients::HttpClients::intern)).
    Shared(Arc<SharedTrust>),
}

/// A truststore with its digest, which is computed once.
#[derive(Debug)]
pub struct SharedTrust {
    trust: Trust,
    digest: Digest,
}

impl SharedTrust {
    /// `trust` must not be `Trust::Shared`.
    pub(super) const fn new(trust: Trust, digest: Digest) -> Self {
        Self { trust, digest }
    }

    /// Returns the truststore, which is not `Trust::Shared`.
    pub(super) const fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl Trust {
    /// Returns a digest that distinguishes truststores; of a shared one without computing it.
    pub(super) fn digest(&self) -> Digest {
        let kind: &[u8] = match self {
            Self::Public => b"public",
            Self::And(_) => b"and",
            Self::Only(_) => b"only",
            Self::Shared(shared) => return shared.digest(),
        };
        let mut builder = DigestBuilder::new(b"trust");
        builder.add(kind);
        for certificate in self.certificates() {
            builder.add(certificate.der());
        }
        builder.finish()
    }

    pub(super) fn certificates(&self) -> &[Certificate] {
        match self {
            Self::Public => &[],
            Self::And(certificates) | Self::Only(certificates) => certificates,
            Self::Shared(shared) => shared.trust().certificates(),
        }
    }

    /// Returns the trusted CA certificates, without those that rustls cannot parse. Returns an error
    /// if rustls can parse none of the truststore's.
    pub(super) fn roots(&self) -> Result<Arc<RootCertStore>, BuildError> {
        let mut roots = match self {
            Self::Public => return Ok(Arc::clone(public_roots())),
            Self::And(_) => RootCertStore::clone(public_roots()),
            Self::Only(_) => RootCertStore::empty(),
            Self::Shared(shared) => return shared.trust().roots(),
        };
        let certificates = self.certificates().iter();
        // One unusable certificate must not disable the others.
        let (read, _) = roots.add_parsable_certificates(
            certificates.map(|certificate| CertificateDer::from(certificate.der())),
        );
        if read == 0 { Err(BuildError::Truststore) } else { Ok(Arc::new(roots)) }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn self_signed() -> Vec<u8> {
        let certified = generate_simple_self_signed(["idp.example.com".to_owned()]).unwrap();
        certified.cert.der().to_vec()
    }

    /// A certificate of X.509 version 2, which webpki cannot parse.
    fn version_2() -> Certificate {
        let mut der = self_signed();
        let version = der.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap();
        der[version + 4] = 1;
        Certificate::from_der(&der).unwrap()
    }

    #[test]
    fn certificates_that_tls_cannot_parse_are_ignored() {
        let readable = Certificate::from_der(&self_signed()).unwrap();
        let mixed = Trust::Only(vec![version_2(), readable]);
        assert_eq!(mixed.roots().unwrap().len(), 1);
        for none in [Trust::Only(vec![version_2()]), Trust::And(vec![version_2()])] {
            assert_eq!(none.roots().err(), Some(BuildError::Truststore));
        }
    }
}
