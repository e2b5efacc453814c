//! `spec.tls` and `spec.proxyRef`.

use super::assertion::key;
use crate::api::connection::ConnectionSpec;
use crate::api::spec::tls::TruststoreMode;
use connection_core::connection::desired::KeyLocation;
use connection_core::connection::desired::{DesiredTransport, TruststoreLocation};

/// How requests travel.
pub(super) fn transport(spec: &ConnectionSpec) -> DesiredTransport {
    let tls = spec.tls.as_ref();
    let alone = tls.and_then(|one| one.truststore_mode) == Some(TruststoreMode::Replace);
    let truststore = tls.and_then(|one| one.truststore_ref.as_ref());
    DesiredTransport {
        truststore: truststore.map(|one| TruststoreLocation {
            secret: one.name.clone(),
            key: one.key.clone(),
            alone,
        }),
        proxy: spec.proxy_ref.as_ref().map(|one| one.name.clone()),
    }
}

/// The certificate that the client shows when it connects.
pub(super) fn identity(spec: &ConnectionSpec) -> Option<KeyLocation> {
    let tls = spec.tls.as_ref()?;
    Some(key("spec.tls.keystoreRef", tls.keystore_ref.as_ref()?, tls.key_alias.clone()))
}
