//! The HTTP client for addresses that the installation configures, such as that of an OpenTelemetry
//! collector. The egress policy is for addresses that Connections name.

use std::time::Duration;

use crate::net::error::BuildError;
use crate::net::transport::Transport;

/// Builds a client that trusts the public CAs, follows no redirects and uses no proxy.
#[expect(clippy::disallowed_methods, reason = "the only client without the egress policy")]
pub fn client(timeout: Duration) -> Result<reqwest::Client, BuildError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(Transport::default().tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .no_proxy()
        .build()
        .map_err(|_| BuildError::Client)
}
