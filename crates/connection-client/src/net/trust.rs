//! The authorities that a server's certificate must come from.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use crate::net::error::BuildError;
use crate::net::root_store::public_roots;
use connection_core::connection::digest::{Digest, DigestBuilder};
use connection_core::keys::certificate::Certificate;

/// The authorities that are trusted.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The public ones.
    #[default]
    Public,
    /// The public ones and these.
    And(Vec<Certificate>),
    /// These alone.
    Only(Vec<Certificate>),
    /// Either of the two, held once for all that use it
    /// ([`HttpClients::intern`](crate::net::clients::HttpClients::intern)).
    Shared(Arc<SharedTrust>),
}

/// A truststore with its digest, which is made once.
#[derive(Debug)]
pub struct SharedTrust {
    trust: Trust,
    digest: Digest,
}

impl SharedTrust {
    /// A truststore that is not shared itself, with its digest.
    pub(super) const fn new(trust: Trust, digest: Digest) -> Self {
        Self { trust, digest }
    }

    /// The truststore; none that is shared itself.
    pub(super) const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// [`Trust::digest`].
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl Trust {
    /// What tells one truststore from another. Of a shared one it is at hand.
    pub(super) fn digest(&self) -> Digest {
        let word: &[u8] = match self {
            Self::Public => b"public",
            Self::And(_) => b"and",
            Self::Only(_) => b"only",
            Self::Shared(shared) => return shared.digest(),
        };
        let mut collector = DigestBuilder::new(b"trust");
        collector.add(word);
        for certificate in self.certificates() {
            collector.add(certificate.der());
        }
        collector.finish()
    }

    /// The certificates of the truststore.
    pub(super) fn certificates(&self) -> &[Certificate] {
        match self {
            Self::Public => &[],
            Self::And(certificates) | Self::Only(certificates) => certificates,
            Self::Shared(shared) => shared.trust().certificates(),
        }
    }

    /// The public authorities where they are trusted, and the certificates of the truststore; those
    /// that rustls cannot read are left out.
    pub(super) fn roots(&self) -> Result<Arc<RootCertStore>, BuildError> {
        let mut roots = match self {
            Self::Public => return Ok(Arc::clone(public_roots())),
            Self::And(_) => RootCertStore::clone(public_roots()),
            Self::Only(_) => RootCertStore::empty(),
            Self::Shared(shared) => return shared.trust().roots(),
        };
        let certificates = self.certificates().iter();
        let (read, _) = roots
            .add_parsable_certificates(certificates.map(|one| CertificateDer::from(one.der())));
        if read == 0 { Err(BuildError::Truststore) } else { Ok(Arc::new(roots)) }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn self_signed() -> Vec<u8> {
        let made = generate_simple_self_signed(["idp.example.com".to_owned()]).unwrap();
        made.cert.der().to_vec()
    }

    /// One that X.509 allows and webpki does not: of version 2.
    fn unreadable() -> Certificate {
        let mut der = self_signed();
        let version = der.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap();
        der[version + 4] = 1;
        Certificate::from_der(&der).unwrap()
    }

    #[test]
    fn a_certificate_that_tls_cannot_read_does_not_spoil_the_truststore() {
        let readable = Certificate::from_der(&self_signed()).unwrap();
        let mixed = Trust::Only(vec![unreadable(), readable]);
        assert_eq!(mixed.roots().unwrap().len(), 1);
        for none in [Trust::Only(vec![unreadable()]), Trust::And(vec![unreadable()])] {
            assert_eq!(none.roots().err(), Some(BuildError::Truststore));
        }
    }
}
