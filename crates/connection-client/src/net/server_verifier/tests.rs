use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::*;
use connection_core::keys::certificate::Certificate;

/// 2020-01-01, 2030-01-01 and 2040-01-01, seconds since 1970.
const YEARS: [u64; 3] = [1_577_836_800, 1_893_456_000, 2_208_988_800];

/// A certificate as of `openssl req -x509`, self-signed and valid from 2025 to 2035.
fn self_signed(is_ca_certificate: bool) -> (Certificate, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(vec!["idp.example.com".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    if is_ca_certificate {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (Certificate::from_der(certificate.der()).unwrap(), Issuer::new(params, key))
}

fn verify(trust: Trust, server: &Certificate, name: &str, now: u64) -> Result<(), TlsError> {
    let webpki = WebPkiServerVerifier::builder(trust.roots().unwrap()).build().unwrap();
    let verifier = ServerVerifier::new(webpki, trust);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let server = CertificateDer::from(server.der().to_vec());
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    verifier.verify_server_cert(&server, &[], &name, &[], now).map(|_| ())
}

#[test]
fn a_self_signed_certificate_in_the_truststore_is_accepted_for_its_name_and_validity_period() {
    let [before, within, after] = YEARS;
    for is_ca_certificate in [true, false] {
        let (server, _) = self_signed(is_ca_certificate);
        for trust in [Trust::Only(vec![server.clone()]), Trust::And(vec![server.clone()])] {
            let verify = |name, now| verify(trust.clone(), &server, name, now);
            assert_eq!(verify("idp.example.com", within), Ok(()), "{is_ca_certificate}");
            assert!(verify("evil.example.com", within).is_err(), "{is_ca_certificate}");
            assert!(verify("idp.example.com", before).is_err(), "{is_ca_certificate}");
            assert!(verify("idp.example.com", after).is_err(), "{is_ca_certificate}");
        }
    }
}

#[test]
fn dates_and_names_of_truststore_entries_are_checked() {
    let [before, within, after] = YEARS;
    let (server, _) = self_signed(true);
    let trust = Trust::Only(vec![server.clone()]);
    let webpki = WebPkiServerVerifier::builder(trust.roots().unwrap()).build().unwrap();
    let verifier = ServerVerifier::new(webpki, trust);
    let server = CertificateDer::from(server.der().to_vec());
    let verify = |name: &'static str, now| {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        verifier.verify_truststore_entry(&server, &ServerName::try_from(name).unwrap(), now)
    };
    assert!(verify("idp.example.com", within).is_ok());
    assert_eq!(
        verify("idp.example.com", before).unwrap_err(),
        CertificateError::NotValidYet.into()
    );
    assert_eq!(verify("idp.example.com", after).unwrap_err(), CertificateError::Expired.into());
    assert!(verify("evil.example.com", within).is_err());
}

#[test]
fn a_certificate_with_the_same_fields_is_rejected() {
    let (trusted, authority) = self_signed(true);
    let (alike, _) = self_signed(true);
    let within = YEARS[1];
    let trust = Trust::Only(vec![trusted]);
    assert!(verify(trust.clone(), &alike, "idp.example.com", within).is_err());

    // Of the certificates that the trusted one issued, only server certificates are accepted.
    for (is_ca, expected) in
        [(IsCa::NoCa, true), (IsCa::Ca(BasicConstraints::Unconstrained), false)]
    {
        let mut params = CertificateParams::new(vec!["idp.example.com".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let issued = params.signed_by(&KeyPair::generate().unwrap(), &authority).unwrap();
        let issued = Certificate::from_der(issued.der()).unwrap();
        let verified = verify(trust.clone(), &issued, "idp.example.com", within);
        assert_eq!(verified.is_ok(), expected);
    }
}
