//! The public authorities: those of the environment, of the system, or of the program.

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use thiserror::Error;

/// The variables that name the public authorities in the system's place.
const ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The environment names public authorities, and none can be read.
#[derive(Debug, Error)]
#[error(
    "no certificate authority could be read from {}: mount a PEM bundle there, or unset the variable to trust the public authorities",
    .0.join(" and ")
)]
pub struct RootStoreError(Vec<String>);

/// Demands that where the environment names the public authorities, some can be read: others must not
/// take their place.
///
/// # Errors
///
/// [`RootStoreError`], which names the variables and what they say.
pub fn verify_root_store() -> Result<(), RootStoreError> {
    if public_roots().is_empty() { Err(RootStoreError(named_roots())) } else { Ok(()) }
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
pub(super) fn public_roots() -> &'static Arc<RootCertStore> {
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
