//! Takes a server's certificate that stands itself in the truststore, beside those that an authority
//! issued: who makes a certificate for a test server usually makes it an authority as well, and such
//! a one is refused as a server's own by every rule but this.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::net::trust::Trust;

/// Verifies as rustls does, and takes the certificates of the truststore themselves.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    usual: Arc<WebPkiServerVerifier>,
    trust: Trust,
}

impl ServerVerifier {
    /// Verifies by `usual`; where that refuses an authority's certificate, by equality with one of
    /// the truststore.
    pub(super) fn new(usual: Arc<WebPkiServerVerifier>, trust: Trust) -> Self {
        Self { usual, trust }
    }

    /// Checks all that the usual way would: that it is trusted, now, for this name.
    fn verify_itself(
        &self,
        server: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let trusted = self.trust.certificates().iter().find(|one| one.der() == server.as_ref());
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
            self.usual.verify_server_cert(server, intermediates, name, ocsp_response, now);
        match verified {
            Err(error) if is_authority(&error) => self.verify_itself(server, name, now),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.usual.verify_tls12_signature(message, server, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.usual.verify_tls13_signature(message, server, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether a certificate was refused because it is an authority's.
fn is_authority(error: &TlsError) -> bool {
    let TlsError::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

#[cfg(test)]
mod tests;
