//! The client for addresses that the installation itself names, such as that of a collector of traces.
//! The guard is for what others name.

use std::time::Duration;

use crate::net::error::BuildError;
use crate::net::transport::Transport;

/// Builds a client that trusts the public authorities, follows no redirects, uses no proxy and waits
/// for an answer at most `timeout`.
///
/// # Errors
///
/// Returns an error when the client cannot be built.
#[expect(clippy::disallowed_methods, reason = "the one client that no guard is in front of")]
pub fn client(timeout: Duration) -> Result<reqwest::Client, BuildError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(Transport::default().tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .no_proxy()
        .build()
        .map_err(|_| BuildError::Client)
}
