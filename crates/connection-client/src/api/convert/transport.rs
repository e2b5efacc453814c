//! Converts `spec.tls` and `spec.proxyRef`.

use super::assertion::key_location;
use crate::api::connection::ConnectionSpec;
use crate::api::spec::tls::TruststoreMode;
use connection_core::connection::desired::KeyLocation;
use connection_core::connection::desired::{DesiredTransport, TruststoreLocation};

/// Returns the truststore and the proxy.
pub(super) fn transport(spec: &ConnectionSpec) -> DesiredTransport {
    let tls = spec.tls.as_ref();
    let alone = tls.and_then(|tls| tls.truststore_mode) == Some(TruststoreMode::Replace);
    let truststore = tls.and_then(|tls| tls.truststore_ref.as_ref());
    DesiredTransport {
        truststore: truststore.map(|reference| TruststoreLocation {
            secret: reference.name.clone(),
            key: reference.key.clone(),
            alone,
        }),
        proxy: spec.proxy_ref.as_ref().map(|reference| reference.name.clone()),
    }
}

/// Returns the location of the client certificate for mutual TLS.
pub(super) fn identity(spec: &ConnectionSpec) -> Option<KeyLocation> {
    let tls = spec.tls.as_ref()?;
    Some(key_location("spec.tls.keystoreRef", tls.keystore_ref.as_ref()?, tls.key_alias.clone()))
}
