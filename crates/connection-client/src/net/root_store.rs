//! The public CAs: those of the environment variables, of the system, or of the program.

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use thiserror::Error;

/// The variables that replace the public CAs of the system.
const ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The environment variables name public CAs, but none can be read.
#[derive(Debug, Error)]
#[error(
    "no CA certificate found in {}: mount a PEM bundle there, or unset the variable to trust the public CAs",
    .0.join(" and ")
)]
pub struct RootStoreError(Vec<String>);

/// Returns an error if the environment variables name public CAs and none can be read: no other CAs
/// may replace them.
pub fn verify_root_store() -> Result<(), RootStoreError> {
    if public_roots().is_empty() { Err(RootStoreError(root_variables())) } else { Ok(()) }
}

/// Returns the variables that are set, as `variable=path`.
fn root_variables() -> Vec<String> {
    let variable = |name: &str| {
        let path = std::env::var_os(name)?;
        Some(format!("{name}={}", path.display()))
    };
    ROOT_VARIABLES.iter().filter_map(|name| variable(name)).collect()
}

/// Returns the public CAs: those of the environment variables, or those of the system. If no variable
/// is set and the system has none, returns those that are compiled in.
pub(super) fn public_roots() -> &'static Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        // If a bundle is named but unusable, other CAs must not replace it.
        if roots.is_empty() && root_variables().is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Arc::new(roots)
    })
}
