//! The way to an endpoint: whether it may be gone, by which client, and what it means when nothing
//! came back.

use std::sync::Arc;

use url::Url;

use crate::controller::context::Context;
use crate::controller::state_cache::LoadedInputs;
use connection_client::net::client::HttpClient;
use connection_client::net::error::{BuildError, NetError};
use connection_client::net::trust::Trust;
use connection_core::connection::desired::TRUSTSTORE_FIELD;
use connection_core::connection::error::{ConnectionError, Retry};
use connection_core::connection::reason::Reason;

/// The client that may send to the endpoint.
pub(super) fn client(
    context: &Context,
    opened: &LoadedInputs,
    endpoint: &Url,
) -> Result<Arc<HttpClient>, ConnectionError> {
    ensure_leader(context)?;
    let transport = opened.transport.for_url(endpoint);
    context.http.check(endpoint, &transport).map_err(|_| transport_error(NetError::NotAllowed))?;
    context.http.get(&transport).map_err(|error| match error {
        BuildError::Client => {
            ConnectionError::transient(Reason::ProviderUnavailable, error.to_string())
        }
        BuildError::ClientKey => ConnectionError::on_change(
            Reason::KeyUnsupported,
            format!("spec.tls.keystoreRef: {error}"),
        ),
        BuildError::Truststore => ConnectionError::on_change(
            Reason::TruststoreInvalid,
            format!("{TRUSTSTORE_FIELD}: {error}"),
        ),
    })
}

/// Checks that this process still leads: what was awaited since it was asked last may have taken
/// long, and a process may be frozen at any point.
pub(super) fn ensure_leader(context: &Context) -> Result<(), ConnectionError> {
    if context.leadership.leads() {
        return Ok(());
    }
    Err(ConnectionError::transient(
        Reason::KubernetesAPIError,
        "this process does not lead any more: another goes on",
    ))
}

/// Checks that the Secrets of a request may be sent to the endpoint. Whoever names both the proxy and
/// the authorities that are trusted could read along: then the proxy is a receiver too.
pub(super) fn ensure_host_allowed(
    context: &Context,
    opened: &LoadedInputs,
    endpoint: &Url,
) -> Result<(), ConnectionError> {
    let transport = opened.transport.for_url(endpoint);
    let reader = transport.proxy.as_ref().filter(|_| !matches!(transport.trust, Trust::Public));
    for pin in &opened.pins {
        pin.check(endpoint, context.require_pins)?;
        if let Some(proxy) = reader {
            pin.check(proxy.address(), context.require_pins)?;
        }
    }
    Ok(())
}

/// The fault that a missing answer is.
pub(super) fn transport_error(error: NetError) -> ConnectionError {
    let (reason, retry) = match error {
        NetError::ClientCertificate => (Reason::ClientCertificateRejected, Retry::SlowBackoff),
        NetError::NotAllowed => (Reason::EndpointNotAllowed, Retry::SlowBackoff),
        NetError::Proxy => (Reason::ProxyUnavailable, Retry::Backoff),
        NetError::ProxyAuthentication => (Reason::ProxyAuthenticationRequired, Retry::SlowBackoff),
        NetError::TooLarge => (Reason::ResponseInvalid, Retry::SlowBackoff),
        NetError::Untrusted => (Reason::ServerCertificateUntrusted, Retry::Backoff),
        NetError::Connect
        | NetError::Dns
        | NetError::Interrupted
        | NetError::Timeout
        | NetError::Tls => (Reason::ProviderUnavailable, Retry::Backoff),
    };
    ConnectionError { reason, message: error.to_string(), retry }
}
