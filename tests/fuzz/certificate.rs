use connection_core::keys::certificate::Certificate;

use crate::asn1;
use crate::runner::fuzz;

#[test]
fn no_certificate_panics() {
    fuzz(
        "certificate",
        |random| {
            let mut der = asn1::certificate(random);
            random.mutate(&mut der);
            der
        },
        |der| {
            if let Ok(certificate) = Certificate::from_der(der) {
                assert_eq!(certificate.x5t().len(), 27);
                assert_eq!(certificate.x5t_s256().len(), 43);
                assert!(!certificate.x5c().is_empty());
            }
        },
    );
}

#[test]
fn the_generator_produces_valid_certificates() {
    let readable = (0..2000).filter(|seed| {
        let der = asn1::certificate(&mut crate::random::Random::new(*seed));
        Certificate::from_der(&der).is_ok()
    });
    assert!(readable.count() > 20);
}
