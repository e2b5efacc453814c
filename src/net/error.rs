//! Why no answer came back.

use std::error::Error as StdError;

use thiserror::Error;

/// Why no answer came back. No text of the HTTP client goes in: it may name a proxy's password.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NetError {
    /// The connection was refused or could not be made.
    #[error(
        "no connection to the token endpoint could be made: check its address, and whether it is reachable from the operator"
    )]
    Connect,
    /// The host has no address.
    #[error(
        "the token endpoint's host name could not be resolved: check the host name and the operator's DNS"
    )]
    Dns,
    /// The connection ended in the middle.
    #[error("the token endpoint ended the connection before its answer was complete")]
    Interrupted,
    /// The endpoint is one that the operator does not send to.
    #[error(
        "the operator does not send requests to this endpoint: use an https endpoint outside the operator's own machine"
    )]
    NotAllowed,
    /// The answer took too long.
    #[error("the token endpoint did not answer in time")]
    Timeout,
    /// The server's certificate was not accepted, or it speaks no TLS.
    #[error(
        "no trusted TLS connection to the token endpoint could be made: check the certificate's host name, expiry and issuer"
    )]
    Tls,
    /// The answer is larger than [`MAX_ANSWER_BYTES`](crate::net::client::MAX_ANSWER_BYTES).
    #[error("the token endpoint's answer is too large for a token response: check the endpoint")]
    TooLarge,
}

impl NetError {
    /// Finds the cause in the HTTP client's error, whose text is then dropped.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        let mut source = error.source();
        while let Some(cause) = source {
            if cause.downcast_ref::<rustls::Error>().is_some() {
                return Self::Tls;
            }
            let io = cause.downcast_ref::<std::io::Error>();
            if io.is_some_and(|one| {
                one.get_ref().is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>)
            }) {
                return Self::Tls;
            }
            // The connector says so in words alone.
            if cause.to_string() == "dns error" {
                return Self::Dns;
            }
            source = cause.source();
        }
        if error.is_connect() { Self::Connect } else { Self::Interrupted }
    }
}
