//! Why no answer came back.

use std::error::Error as StdError;

use rustls::{AlertDescription, Error as TlsError};
use thiserror::Error;

use crate::net::egress_policy::EgressDenied;

/// Why no answer came back. No text of the HTTP client goes in: it may name a proxy's password.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NetError {
    /// The server refused the client certificate, or wants one.
    #[error(
        "the token endpoint rejected the client certificate: check that it is registered, is not expired, and is sent with the certificate of its issuer"
    )]
    ClientCertificate,
    /// The connection was refused or could not be made.
    #[error(
        "no connection to the token endpoint could be made: check its address, and whether it is reachable from the operator"
    )]
    Connect,
    /// The host has no address.
    #[error(
        "the token endpoint's host name could not be resolved: check the host name and the operator's DNS"
    )]
    Dns,
    /// The connection ended in the middle.
    #[error("the token endpoint ended the connection before its answer was complete")]
    Interrupted,
    /// The endpoint is one that the operator does not send to.
    #[error(
        "requests to this endpoint are not allowed: use another endpoint, or have it allowed with --allowed-hosts or --allowed-networks"
    )]
    NotAllowed,
    /// The proxy cannot be reached, or does not connect to the endpoint.
    #[error(
        "the proxy is not reachable or did not connect to the token endpoint: check the proxy's address and whether it allows the endpoint"
    )]
    Proxy,
    /// The proxy wants other credentials.
    #[error(
        "the proxy rejected the credentials: check username and password in the proxy's Secret"
    )]
    ProxyAuthentication,
    /// The answer took too long.
    #[error("the token endpoint did not respond in time")]
    Timeout,
    /// TLS failed in another way.
    #[error(
        "no TLS connection to the token endpoint could be made: check that it speaks TLS 1.2 or 1.3 at this port"
    )]
    Tls,
    /// The answer is larger than [`MAX_ANSWER_BYTES`](crate::net::client::MAX_ANSWER_BYTES).
    #[error("the token endpoint's answer is too large for a token response: check the endpoint")]
    TooLarge,
    /// The server's certificate is not trusted.
    #[error(
        "the token endpoint's certificate is not trusted: check its host name and expiry, and add its CA to tls.truststoreRef"
    )]
    Untrusted,
}

/// Why no client could be built.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum BuildError {
    /// The client itself.
    #[error("the HTTP client could not be built")]
    Client,
    /// The client certificate's key.
    #[error(
        "the client certificate's key cannot be used for TLS: use RSA, P-256, P-384 or Ed25519"
    )]
    ClientKey,
    /// The truststore: TLS can read none of its certificates.
    #[error(
        "the truststore's certificates do not parse for TLS: use certificates of X.509 version 3"
    )]
    Truststore,
}

impl NetError {
    /// Finds the cause in the HTTP client's error, whose text is then dropped. `proxied` says
    /// whether a proxy was in between.
    pub(super) fn of(error: &reqwest::Error, proxied: bool) -> Self {
        if chain(error).any(<dyn StdError>::is::<EgressDenied>) {
            return Self::NotAllowed;
        }
        if let Some(tls) = chain(error).find_map(tls_error) {
            return Self::of_tls(tls);
        }
        if error.is_timeout() {
            // Silent before there is a connection: only the proxy was spoken to.
            let unconnected = proxied && error.is_connect();
            return if unconnected { Self::Proxy } else { Self::Timeout };
        }
        // These say so in words alone.
        let says = |words: &[&str]| {
            chain(error).any(|cause| {
                let text = cause.to_string();
                words.iter().any(|word| text.contains(word))
            })
        };
        if says(&[
            "proxy authorization required",
            "credentials not accepted",
            "does not support user/pass",
        ]) {
            return Self::ProxyAuthentication;
        }
        match (error.is_connect(), proxied) {
            (true, true) => Self::Proxy,
            (true, false) if says(&["dns error"]) => Self::Dns,
            (true, false) => Self::Connect,
            (false, _) => Self::Interrupted,
        }
    }

    fn of_tls(error: &TlsError) -> Self {
        use AlertDescription as Alert;
        match error {
            TlsError::InvalidCertificate(_) => Self::Untrusted,
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

/// TLS errors travel inside I/O errors, one inside the other, which a chain of causes steps over.
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
    #[expect(clippy::disallowed_methods, reason = "a client with little patience")]
    async fn silence_before_a_connection_is_the_proxys_fault_where_there_is_one() {
        // Loses against a provider that is installed already, which does as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // The system takes connections for it; nobody answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", silent.local_addr().unwrap());
        let client = reqwest::Client::builder()
            .proxy(reqwest::Proxy::all(proxy).unwrap())
            .connect_timeout(Duration::from_millis(50))
            .build()
            .unwrap();
        let error = client.get("https://login.example.com/").send().await.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(NetError::of(&error, true), NetError::Proxy);
        assert_eq!(NetError::of(&error, false), NetError::Timeout);
    }

    #[test]
    fn a_tls_error_is_found_however_deep_it_sits() {
        let tls = TlsError::AlertReceived(AlertDescription::UnknownCA);
        let inner = io::Error::new(io::ErrorKind::InvalidData, tls.clone());
        let outer = io::Error::other(inner);
        assert_eq!(tls_error(&outer), Some(&tls));
        assert_eq!(NetError::of_tls(&tls), NetError::ClientCertificate);
        assert_eq!(tls_error(&io::Error::other("something else")), None);
    }
}
