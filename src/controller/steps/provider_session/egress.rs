//! The checks of an endpoint, and the meaning of a request without a response.

use std::sync::Arc;

use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use connection_client::net::client::HttpClient;
use connection_client::net::error::{BuildError, NetError};
use connection_client::net::trust::Trust;
use connection_core::connection::desired::TRUSTSTORE_FIELD;
use connection_core::connection::error::{ConnectionError, Retry};
use connection_core::connection::reason::Reason;

/// Returns the client for an endpoint, if this replica leads and the egress policy allows it.
pub(super) fn client_for(
    ctx: StepContext<'_>,
    inputs: &LoadedInputs,
    endpoint: &Url,
) -> Result<Arc<HttpClient>, ConnectionError> {
    // Checked for each request, because leadership may end during a step.
    ctx.ensure_leader()?;
    let (http, transport) = (&ctx.context.http, inputs.transport.for_url(endpoint));
    http.check(endpoint, &transport).map_err(|_| transport_error(NetError::NotAllowed))?;
    http.get(&transport).map_err(|error| match error {
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

/// Checks that the Secrets of a request may be sent to the endpoint.
pub(super) fn ensure_host_allowed(
    ctx: StepContext<'_>,
    inputs: &LoadedInputs,
    endpoint: &Url,
) -> Result<(), ConnectionError> {
    let transport = inputs.transport.for_url(endpoint);
    // An author who sets both the proxy and the trusted authorities could read the traffic at the
    // proxy, so the proxy must be an allowed host too.
    let reader = transport.proxy.as_ref().filter(|_| !matches!(transport.trust, Trust::Public));
    for allowed_hosts in &inputs.allowed_hosts {
        allowed_hosts.check(endpoint, ctx.context.require_allowed_hosts)?;
        if let Some(proxy) = reader {
            allowed_hosts.check(proxy.address(), ctx.context.require_allowed_hosts)?;
        }
    }
    Ok(())
}

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
