//! Errors of the HTTP client.

use std::error::Error as StdError;

use rustls::{AlertDescription, Error as TlsError};
use thiserror::Error;

use crate::net::egress_policy::EgressDenied;

/// The cause of a request without a response. It has no text of the HTTP client, which may contain
/// the password of a proxy.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NetError {
    /// The server rejected the client certificate, or requires one.
    #[error(
        "the token endpoint rejected the client certificate: check that it is registered, is not expired, and is sent with the certificate of its issuer"
    )]
    ClientCertificate,
    #[error(
        "failed to connect to the token endpoint: check its address, and whether it is reachable from the operator"
    )]
    Connect,
    #[error(
        "failed to resolve the token endpoint's host name: check the host name and the operator's DNS"
    )]
    Dns,
    #[error(
        "the token endpoint closed the connection before its response was complete: check the endpoint, and proxies and load balancers in front of it"
    )]
    Interrupted,
    /// The egress policy denied the request.
    #[error(
        "requests to this endpoint are not allowed: use another endpoint, or have it allowed with --allowed-hosts or --allowed-networks"
    )]
    NotAllowed,
    /// The proxy is not reachable, or did not connect to the endpoint.
    #[error(
        "the proxy is not reachable or did not connect to the token endpoint: check the proxy's address and whether it allows the endpoint"
    )]
    Proxy,
    #[error(
        "the proxy rejected the credentials: check username and password in the proxy's Secret"
    )]
    ProxyAuthentication,
    #[error("the token endpoint did not respond in time")]
    Timeout,
    /// TLS failed for another cause than a certificate.
    #[error(
        "TLS handshake with the token endpoint failed: check that it supports TLS 1.2 or 1.3 on this port"
    )]
    Tls,
    /// The response is larger than [`MAX_RESPONSE_BYTES`](crate::net::client::MAX_RESPONSE_BYTES).
    #[error(
        "the token endpoint's response exceeds 64 KiB: check that the URL is the token endpoint"
    )]
    TooLarge,
    #[error(
        "the token endpoint's certificate is not trusted: check its host name and expiry, and add its CA to tls.truststoreRef"
    )]
    Untrusted,
}

/// The cause of a failure to build an HTTP client.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum BuildError {
    #[error("failed to build the HTTP client")]
    Client,
    #[error(
        "the client certificate's key cannot be used for TLS: use RSA, P-256, P-384 or Ed25519"
    )]
    ClientKey,
    /// The TLS library parses none of the truststore's certificates.
    #[error(
        "the truststore's certificates do not parse for TLS: use certificates of X.509 version 3"
    )]
    Truststore,
}

impl NetError {
    /// Finds the cause in the HTTP client's error and drops its text. `proxied` is true if the
    /// request used a proxy.
    pub(super) fn from_reqwest(error: &reqwest::Error, proxied: bool) -> Self {
        // First: the HTTP client wraps the error of the resolver in a connect error.
        if chain(error).any(<dyn StdError>::is::<EgressDenied>) {
            return Self::NotAllowed;
        }
        // Before the proxy: a failed handshake is a connect error too.
        if let Some(tls) = chain(error).find_map(tls_error) {
            return Self::from_tls(tls);
        }
        if error.is_timeout() {
            // Without a connection, only the proxy can have caused the timeout.
            let is_proxy = proxied && error.is_connect();
            return if is_proxy { Self::Proxy } else { Self::Timeout };
        }
        // These errors have no type, only a text.
        let has_text = |words: &[&str]| {
            chain(error).any(|cause| {
                let text = cause.to_string();
                words.iter().any(|word| text.contains(word))
            })
        };
        if has_text(&[
            "proxy authorization required",
            "credentials not accepted",
            "does not support user/pass",
        ]) {
            return Self::ProxyAuthentication;
        }
        match (error.is_connect(), proxied) {
            (true, true) => Self::Proxy,
            (true, false) if has_text(&["dns error"]) => Self::Dns,
            (true, false) => Self::Connect,
            (false, _) => Self::Interrupted,
        }
    }

    fn from_tls(error: &TlsError) -> Self {
        use AlertDescription as Alert;
        match error {
            TlsError::InvalidCertificate(_) => Self::Untrusted,
            // Alerts come from the server, so these are about the certificate of the client.
            TlsError::AlertReceived(
                Alert::AccessDenied
                | Alert::BadCertificate
                | Alert::CertificateExpired
                | Alert::CertificateRequired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::NoCertificate
                | Alert::UnknownCA
                | Alert::UnsupportedCertificate,
            ) => Self::ClientCertificate,
            _ => Self::Tls,
        }
    }
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

/// Finds a TLS error inside nested I/O errors, which `Error::source` skips.
fn tls_error<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a TlsError> {
    if let Some(tls) = cause.downcast_ref() {
        return Some(tls);
    }
    tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a client with a short timeout")]
    async fn a_connect_timeout_is_an_error_of_the_proxy_if_there_is_one() {
        // Fails if a provider is already installed, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // The kernel accepts connections, but no process responds.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", silent.local_addr().unwrap());
        let client = reqwest::Client::builder()
            .proxy(reqwest::Proxy::all(proxy).unwrap())
            .connect_timeout(Duration::from_millis(50))
            .build()
            .unwrap();
        let error = client.get("https://login.example.com/").send().await.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(NetError::from_reqwest(&error, true), NetError::Proxy);
        assert_eq!(NetError::from_reqwest(&error, false), NetError::Timeout);
    }

    #[test]
    fn a_tls_error_is_found_inside_nested_io_errors() {
        let tls = TlsError::AlertReceived(AlertDescription::UnknownCA);
        let inner = io::Error::new(io::ErrorKind::InvalidData, tls.clone());
        let outer = io::Error::other(inner);
        assert_eq!(tls_error(&outer), Some(&tls));
        assert_eq!(NetError::from_tls(&tls), NetError::ClientCertificate);
        assert_eq!(tls_error(&io::Error::other("something else")), None);
    }
}
