//! Accepts a server certificate that is itself in the truststore, in addition to those that a CA of
//! the truststore issued. Self-signed certificates, as of `openssl req -x509`, are usually CA
//! certificates too, and rustls rejects a CA certificate as a server certificate.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::net::trust::Trust;

/// Verifies as rustls does, and accepts the certificates of the truststore themselves.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    webpki: Arc<WebPkiServerVerifier>,
    trust: Trust,
}

impl ServerVerifier {
    /// Verifies with `webpki`. If that rejects a CA certificate, verifies that it is in the
    /// truststore.
    pub(super) fn new(webpki: Arc<WebPkiServerVerifier>, trust: Trust) -> Self {
        Self { webpki, trust }
    }

    /// Checks what webpki checks: trust, validity period and name.
    fn verify_truststore_entry(
        &self,
        server: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let trusted =
            self.trust.certificates().iter().find(|trusted| trusted.der() == server.as_ref());
        let trusted = trusted.ok_or(CertificateError::UnknownIssuer)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < trusted.not_before().as_second() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > trusted.not_after().as_second() {
            return Err(CertificateError::Expired.into());
        }
        verify_server_name(&ParsedCertificate::try_from(server)?, name)?;
        Ok(ServerCertVerified::assertion())
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verified =
            self.webpki.verify_server_cert(server, intermediates, name, ocsp_response, now);
        match verified {
            // Only this error: webpki accepts no CA certificate as a server certificate, but a
            // self-signed server certificate often is one. All other errors stay.
            Err(error) if is_ca_error(&error) => self.verify_truststore_entry(server, name, now),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls12_signature(message, server, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls13_signature(message, server, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Returns true if webpki rejected the server certificate because it is a CA certificate.
fn is_ca_error(error: &TlsError) -> bool {
    let TlsError::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

#[cfg(test)]
mod tests;
