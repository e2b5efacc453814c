//! How requests travel: the client certificate that is shown, the authorities that are trusted, the
//! proxy in between.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use url::Url;

use crate::connection::digest::{Collector, Digest};
use crate::keys::certificate::Certificate;
use crate::keys::keystore::KeyPair;
use crate::net::error::BuildError;
use crate::net::guard::Guard;
use crate::net::proxy::ProxyServer;
use crate::net::resolver::GuardedResolver;
use crate::net::server_verifier::ServerVerifier;
use crate::net::shared_trust::SharedTrust;

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// How requests travel. The default: no client certificate, the public authorities, no proxy.
#[derive(Clone, Default)]
pub struct Transport {
    /// The client certificate with its chain, and its key.
    pub identity: Option<Arc<KeyPair>>,
    /// The authorities that are trusted.
    pub trust: Trust,
    /// The proxy in between.
    pub proxy: Option<ProxyServer>,
    /// Whether no proxy is in between, not even one that the environment names.
    pub direct: bool,
}

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

impl Transport {
    /// How a request to this endpoint travels: without a proxy where the proxy's bypass list has it.
    #[must_use]
    pub fn towards(&self, endpoint: &Url) -> Self {
        let direct = self.proxy.as_ref().is_some_and(|proxy| proxy.bypasses(endpoint));
        Self { proxy: self.proxy.clone().filter(|_| !direct), direct, ..self.clone() }
    }

    /// Whether a proxy is in between. `environment_proxy` says whether those of the environment are
    /// used where none is named.
    pub(super) fn is_proxied(&self, environment_proxy: bool) -> bool {
        self.proxy.is_some() || (environment_proxy && !self.direct)
    }

    /// What tells one transport from another; secrets go in, so it never leaves memory.
    #[must_use]
    pub fn key(&self) -> Digest {
        let mut collector = Collector::new(b"transport");
        if let Some(identity) = &self.identity {
            collector.add(&identity.private_key.public_key_thumbprint());
            add_all(&mut collector, &identity.chain);
        }
        collector.add(self.trust.digest().as_bytes());
        collector.add(if self.direct { b"direct" } else { b"proxy" });
        for part in self.proxy.iter().flat_map(ProxyServer::identity) {
            collector.add(part);
        }
        collector.finish()
    }

    /// Builds an HTTP client: no redirects, no decompression, no proxy but the named one, and only
    /// to addresses that the guard admits.
    ///
    /// # Errors
    ///
    /// Returns an error when a certificate cannot be used.
    #[expect(clippy::disallowed_methods, reason = "the one place that builds the client")]
    pub(super) fn build(
        &self,
        guard: &Arc<Guard>,
        environment_proxy: bool,
    ) -> Result<reqwest::Client, BuildError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls()?)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(GuardedResolver(Arc::clone(guard)))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .referer(false);
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.build().map_err(|_| BuildError::Client)?);
        } else if !self.is_proxied(environment_proxy) {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|_| BuildError::Client)
    }

    pub(super) fn tls(&self) -> Result<ClientConfig, BuildError> {
        let roots = self.trust.roots()?;
        let builder = ClientConfig::builder();
        let builder = match &self.trust {
            Trust::Public => builder.with_root_certificates(roots),
            trust => {
                let usual = WebPkiServerVerifier::builder(roots).build();
                let usual = usual.map_err(|_| BuildError::Truststore)?;
                let verifier = ServerVerifier::new(usual, trust.clone());
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let Some(identity) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain =
            identity.chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
        let key = PrivateKeyDer::Pkcs8(identity.private_key.pkcs8_der().clone_key());
        let key = any_supported_type(&key).map_err(|_| BuildError::ClientKey)?;
        // The resolver takes the certificate as it is: X.509 version 1 too, which the usual way
        // refuses to parse.
        let certified = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        Ok(builder.with_client_cert_resolver(Arc::new(certified)))
    }
}

fn add_all(collector: &mut Collector, certificates: &[Certificate]) {
    for certificate in certificates {
        collector.add(certificate.der());
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
        let mut collector = Collector::new(b"trust");
        collector.add(word);
        add_all(&mut collector, self.certificates());
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

/// The variables that name the public authorities in the system's place.
const ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The environment names public authorities, and none can be read.
#[derive(Debug, Error)]
#[error(
    "no certificate authority could be read from {}: mount a PEM bundle there, or unset the variable to trust the public authorities",
    .0.join(" and ")
)]
pub struct NoRoots(Vec<String>);

/// Demands that where the environment names the public authorities, some can be read: others must not
/// take their place.
///
/// # Errors
///
/// [`NoRoots`], which names the variables and what they say.
pub fn demand_public_roots() -> Result<(), NoRoots> {
    if public_roots().is_empty() { Err(NoRoots(named_roots())) } else { Ok(()) }
}

/// What the environment names as public authorities, as `variable=path`.
fn named_roots() -> Vec<String> {
    let named = |name: &str| {
        let path = std::env::var_os(name)?;
        Some(format!("{name}={}", path.display()))
    };
    ROOT_VARIABLES.iter().filter_map(|name| named(name)).collect()
}

/// The public authorities: those that the environment names, or the system's; where the system has
/// none and the environment names none, those that the program carries.
fn public_roots() -> &'static Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() && named_roots().is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Arc::new(roots)
    })
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
