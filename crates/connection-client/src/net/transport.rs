//! How requests travel: the client certificate that is shown, the authorities that are trusted, the
//! proxy in between.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

use crate::net::egress_policy::EgressPolicy;
use crate::net::error::BuildError;
use crate::net::proxy::ProxyServer;
use crate::net::resolver::GuardedResolver;
use crate::net::server_verifier::ServerVerifier;
use crate::net::trust::Trust;
use connection_core::connection::digest::{Digest, DigestBuilder};
use connection_core::keys::certificate::Certificate;
use connection_core::keys::keystore::KeyPair;

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

impl Transport {
    /// How a request to this endpoint travels: without a proxy where the proxy's bypass list has it.
    #[must_use]
    pub fn for_url(&self, endpoint: &Url) -> Self {
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
        let mut collector = DigestBuilder::new(b"transport");
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
        guard: &Arc<EgressPolicy>,
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

fn add_all(collector: &mut DigestBuilder, certificates: &[Certificate]) {
    for certificate in certificates {
        collector.add(certificate.der());
    }
}
