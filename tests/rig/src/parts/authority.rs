//! Certificates as their holders need them: valid, expired, for another host.

use std::io;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A certificate with its key, in PEM.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key, PKCS#8, P-256.
    pub key: String,
}

/// A certificate authority.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate and key.
    pub pair: Pair,
}

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    /// If the crypto backend refuses.
    pub fn new(name: &str) -> io::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?.pem();
        let pair = Pair { certificate, key: key.serialize_pem() };
        Ok(Self { issuer: Issuer::new(params, key), pair })
    }

    /// The certificate of a server for these names and addresses.
    ///
    /// # Errors
    /// If a name is none, or the crypto backend refuses.
    pub fn server(&self, names: &[&str]) -> io::Result<Pair> {
        self.issue(&server(names)?)
    }

    /// The same, expired.
    ///
    /// # Errors
    /// As for [`Authority::server`].
    pub fn expired_server(&self, names: &[&str]) -> io::Result<Pair> {
        self.issue(&expired(server(names)?))
    }

    /// The certificate of a client.
    ///
    /// # Errors
    /// If the crypto backend refuses.
    pub fn client(&self, name: &str) -> io::Result<Pair> {
        self.issue(&client(name))
    }

    /// The same, expired.
    ///
    /// # Errors
    /// As for [`Authority::client`].
    pub fn expired_client(&self, name: &str) -> io::Result<Pair> {
        self.issue(&expired(client(name)))
    }

    fn issue(&self, params: &CertificateParams) -> io::Result<Pair> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?.pem();
        Ok(Pair { certificate, key: key.serialize_pem() })
    }
}

fn server(names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn client(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn expired(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    params
}
