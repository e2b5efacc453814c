//! The transport of requests: client certificate, trusted CAs and proxy.

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

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Unused connections are closed after this time.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The transport of requests. Default: no client certificate, the public CAs, no proxy.
#[derive(Clone, Default)]
pub struct Transport {
    /// The client certificate with its chain and private key.
    pub identity: Option<Arc<KeyPair>>,
    pub trust: Trust,
    pub proxy: Option<ProxyServer>,
    /// Disables the proxies of the environment variables too.
    pub direct: bool,
}

impl Transport {
    /// Returns the transport for an endpoint: without the proxy if its bypass list has the endpoint.
    #[must_use]
    pub fn for_url(&self, endpoint: &Url) -> Self {
        let direct = self.proxy.as_ref().is_some_and(|proxy| proxy.bypasses(endpoint));
        // Without `direct`, the environment's proxy would replace the bypassed one.
        Self { proxy: self.proxy.clone().filter(|_| !direct), direct, ..self.clone() }
    }

    /// Returns true if requests use a proxy. `environment_proxy` is true if Connections without a
    /// proxy use those of the environment variables.
    pub(super) fn is_proxied(&self, environment_proxy: bool) -> bool {
        self.proxy.is_some() || (environment_proxy && !self.direct)
    }

    /// Returns a key that distinguishes transports. It is derived from secrets: keep it in memory.
    pub fn key(&self) -> Digest {
        let mut builder = DigestBuilder::new(b"transport");
        if let Some(identity) = &self.identity {
            builder.add(&identity.private_key.public_key_thumbprint());
            add_all(&mut builder, &identity.chain);
        }
        builder.add(self.trust.digest().as_bytes());
        // A bypassed proxy and no proxy differ when the environment has one.
        builder.add(if self.direct { b"direct" } else { b"proxy" });
        for part in self.proxy.iter().flat_map(ProxyServer::identity) {
            builder.add(part);
        }
        builder.finish()
    }

    /// Builds an HTTP client without redirects and decompression, with the proxy of the transport
    /// only, and with connections only to addresses that the egress policy allows. Returns an error
    /// if a certificate cannot be used.
    #[expect(clippy::disallowed_methods, reason = "the one place that builds the client")]
    pub(super) fn build(
        &self,
        egress_policy: &Arc<EgressPolicy>,
        environment_proxy: bool,
    ) -> Result<reqwest::Client, BuildError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls()?)
            // A redirect would send the credentials to an unchecked host.
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(GuardedResolver(Arc::clone(egress_policy)))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .referer(false);
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.build().map_err(|_| BuildError::Client)?);
        } else if !self.is_proxied(environment_proxy) {
            // reqwest reads the environment by default.
            builder = builder.no_proxy();
        }
        builder.build().map_err(|_| BuildError::Client)
    }

    pub(super) fn tls(&self) -> Result<ClientConfig, BuildError> {
        let roots = self.trust.roots()?;
        let builder = ClientConfig::builder();
        let builder = match &self.trust {
            // Our verifier is only for truststores, which may contain a server's own certificate.
            Trust::Public => builder.with_root_certificates(roots),
            trust => {
                let webpki = WebPkiServerVerifier::builder(roots).build();
                let webpki = webpki.map_err(|_| BuildError::Truststore)?;
                let verifier = ServerVerifier::new(webpki, trust.clone());
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let Some(identity) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain =
            identity.chain.iter().map(|it| CertificateDer::from(it.der().to_vec())).collect();
        let key = PrivateKeyDer::Pkcs8(identity.private_key.pkcs8_der().clone_key());
        let key = any_supported_type(&key).map_err(|_| BuildError::ClientKey)?;
        // Not `with_client_auth_cert`, which rejects certificates of X.509 version 1.
        let certified = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        Ok(builder.with_client_cert_resolver(Arc::new(certified)))
    }
}

fn add_all(builder: &mut DigestBuilder, certificates: &[Certificate]) {
    for certificate in certificates {
        builder.add(certificate.der());
    }
}
