//! The way to an endpoint: whether it may be gone, by which client, and what it means when nothing
//! came back.

use std::sync::Arc;

use url::Url;

use crate::controller::context::Context;
use crate::controller::state_cache::Opened;
use connection_client::net::client::HttpClient;
use connection_client::net::error::{BuildError, NetError};
use connection_client::net::trust::Trust;
use connection_core::connection::desired_transport::TRUSTSTORE_FIELD;
use connection_core::connection::error::{Fault, Retry};
use connection_core::connection::reason::Reason;

/// The client that may send to the endpoint.
pub(super) fn client(
    context: &Context,
    opened: &Opened,
    endpoint: &Url,
) -> Result<Arc<HttpClient>, Fault> {
    demand_lead(context)?;
    let transport = opened.transport.towards(endpoint);
    context.http.check(endpoint, &transport).map_err(|_| unreached(NetError::NotAllowed))?;
    context.http.get(&transport).map_err(|error| match error {
        BuildError::Client => Fault::soon(Reason::ProviderUnavailable, error.to_string()),
        BuildError::ClientKey => {
            Fault::on_change(Reason::KeyUnsupported, format!("spec.tls.keystoreRef: {error}"))
        }
        BuildError::Truststore => {
            Fault::on_change(Reason::TruststoreInvalid, format!("{TRUSTSTORE_FIELD}: {error}"))
        }
    })
}

/// Checks that this process still leads: what was awaited since it was asked last may have taken
/// long, and a process may be frozen at any point.
pub(super) fn demand_lead(context: &Context) -> Result<(), Fault> {
    if context.leadership.leads() {
        return Ok(());
    }
    Err(Fault::soon(Reason::StorageFailed, "this process does not lead any more: another goes on"))
}

/// Checks that the Secrets of a request may be sent to the endpoint. Whoever names both the proxy and
/// the authorities that are trusted could read along: then the proxy is a receiver too.
pub(super) fn demand_pins(context: &Context, opened: &Opened, endpoint: &Url) -> Result<(), Fault> {
    let transport = opened.transport.towards(endpoint);
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
pub(super) fn unreached(error: NetError) -> Fault {
    let (reason, retry) = match error {
        NetError::ClientCertificate => (Reason::ClientCertificateRejected, Retry::Seldom),
        NetError::NotAllowed => (Reason::EndpointNotAllowed, Retry::Seldom),
        NetError::Proxy => (Reason::ProxyUnavailable, Retry::Soon),
        NetError::ProxyAuthentication => (Reason::ProxyAuthenticationRequired, Retry::Seldom),
        NetError::TooLarge => (Reason::ResponseInvalid, Retry::Seldom),
        NetError::Untrusted => (Reason::ServerUntrusted, Retry::Soon),
        NetError::Connect
        | NetError::Dns
        | NetError::Interrupted
        | NetError::Timeout
        | NetError::Tls => (Reason::ProviderUnavailable, Retry::Soon),
    };
    Fault { reason, message: error.to_string(), retry }
}
