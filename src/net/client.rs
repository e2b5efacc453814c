//! The client itself.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    USER_AGENT,
};
use secrecy::{ExposeSecret, SecretSlice};
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::clock;
use crate::net::error::NetError;
use crate::oauth::request::TokenRequest;

/// The largest answer that is read, bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// Sends token requests. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    allow_loopback: bool,
}

/// An answer, whatever it is.
#[derive(Debug)]
pub struct RawAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Date`.
    pub date: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: SecretSlice<u8>,
    /// When it had arrived.
    pub received_at: Timestamp,
}

impl HttpClient {
    /// Builds the client: no redirects, no proxy of the environment, no decompression.
    ///
    /// # Errors
    ///
    /// Returns an error when TLS cannot be set up, for example because the system has no
    /// certificate authorities.
    #[expect(clippy::disallowed_methods, reason = "the one place that builds the client")]
    pub fn new(allow_loopback: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .referer(false)
            .build()?;
        Ok(Self { client, allow_loopback })
    }

    /// Sends a request and reads its whole answer within `deadline`.
    ///
    /// # Errors
    ///
    /// Returns an error when no complete answer came back.
    pub async fn send(
        &self,
        request: &TokenRequest,
        deadline: Duration,
    ) -> Result<RawAnswer, NetError> {
        if !self.allow_loopback && !sendable(&request.endpoint) {
            return Err(NetError::NotAllowed);
        }
        match tokio::time::timeout(deadline, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(NetError::Timeout),
        }
    }

    async fn exchange(&self, request: &TokenRequest) -> Result<RawAnswer, NetError> {
        let sent = self
            .client
            .post(request.endpoint.clone())
            .headers(headers(request)?)
            .body(request.body.expose_secret().to_owned())
            .send()
            .await;
        let response = sent.map_err(|error| NetError::of(&error))?;
        let text = |name: HeaderName| {
            let value = response.headers().get(name);
            value.and_then(|one| one.to_str().ok()).map(str::to_owned)
        };
        Ok(RawAnswer {
            status: response.status().as_u16(),
            content_type: text(CONTENT_TYPE),
            date: text(DATE),
            retry_after: text(RETRY_AFTER),
            body: body(response).await?,
            received_at: clock::now(),
        })
    }
}

/// Whether a request may leave for this endpoint: by TLS, and not to the operator's own machine.
fn sendable(endpoint: &Url) -> bool {
    let local = match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => true,
    };
    endpoint.scheme() == "https" && !local
}

fn headers(request: &TokenRequest) -> Result<HeaderMap, NetError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("connection-operator/", env!("CARGO_PKG_VERSION"))),
    );
    if let Some(authorization) = &request.authorization {
        // Base64 is always a valid header value.
        let mut value = HeaderValue::from_str(authorization.expose_secret())
            .map_err(|_| NetError::NotAllowed)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

async fn body(mut response: reqwest::Response) -> Result<SecretSlice<u8>, NetError> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| NetError::of(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(NetError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(std::mem::take(&mut *body).into())
}
