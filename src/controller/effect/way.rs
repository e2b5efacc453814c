//! The way to an endpoint: whether it may be gone, by which client, and what it means when nothing
//! came back.

use std::sync::Arc;

use url::Url;

use crate::connection::desired_transport::TRUSTSTORE_FIELD;
use crate::connection::fault::{Fault, Retry};
use crate::connection::reason::Reason;
use crate::controller::context::Context;
use crate::controller::memory::Opened;
use crate::net::client::HttpClient;
use crate::net::error::{BuildError, NetError};

/// The client that may send to the endpoint.
pub fn client(
    context: &Context,
    opened: &Opened,
    endpoint: &Url,
) -> Result<Arc<HttpClient>, Fault> {
    for pin in &opened.pins {
        pin.check(endpoint, context.require_pins)?;
    }
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

/// The fault that a missing answer is.
pub fn unreached(error: NetError) -> Fault {
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
