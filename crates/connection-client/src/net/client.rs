//! The client itself.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    USER_AGENT,
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use tracing::Instrument;
use tracing::field::Empty;
use url::Url;
use zeroize::Zeroizing;

use crate::net::error::NetError;
use connection_core::clock::{self, Stopwatch};
use connection_core::oauth::request::TokenRequest;

/// The largest answer that is read, bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// How late a deadline is noticed by a process that was held up.
const HELD_UP: Duration = Duration::from_secs(1);

/// How long such a process looks whether the answer has come meanwhile.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Sends token requests by one transport.
pub struct HttpClient {
    client: reqwest::Client,
    proxied: bool,
}

/// An answer, whatever it is.
#[derive(Debug)]
pub struct RawResponse {
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
    /// Sends by a client that a transport built.
    pub(super) fn new(client: reqwest::Client, proxied: bool) -> Self {
        Self { client, proxied }
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
    ) -> Result<RawResponse, NetError> {
        bounded(("POST", &request.endpoint), deadline, self.exchange(request)).await
    }

    /// Reads a document, whole, within `deadline`.
    ///
    /// # Errors
    ///
    /// Returns an error when no complete answer came back.
    pub async fn get(&self, url: &Url, deadline: Duration) -> Result<RawResponse, NetError> {
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        bounded(("GET", url), deadline, self.answer(request)).await
    }

    /// Reads a document as whoever holds a token (RFC 6750 section 2.1), whole, within `deadline`.
    ///
    /// # Errors
    ///
    /// Returns an error when no complete answer came back.
    pub async fn get_with(
        &self,
        url: &Url,
        token: &SecretString,
        deadline: Duration,
    ) -> Result<RawResponse, NetError> {
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        // A token was read as visible ASCII alone.
        let mut value = HeaderValue::from_str(&bearer).map_err(|_| NetError::NotAllowed)?;
        value.set_sensitive(true);
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        let request = request.header(AUTHORIZATION, value);
        bounded(("GET", url), deadline, self.answer(request)).await
    }

    async fn exchange(&self, request: &TokenRequest) -> Result<RawResponse, NetError> {
        let body = request.body.expose_secret().to_owned();
        let post = self.client.post(request.endpoint.clone());
        self.answer(post.headers(headers(request)?).body(body)).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<RawResponse, NetError> {
        let sent = request.send().await;
        let response = sent.map_err(|error| NetError::of(&error, self.proxied))?;
        let text = |name: HeaderName| {
            let value = response.headers().get(name);
            value.and_then(|one| one.to_str().ok()).map(str::to_owned)
        };
        Ok(RawResponse {
            status: response.status().as_u16(),
            content_type: text(CONTENT_TYPE),
            date: text(DATE),
            retry_after: text(RETRY_AFTER),
            body: self.body(response).await?,
            received_at: clock::now(),
        })
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<SecretSlice<u8>, NetError> {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) =
            response.chunk().await.map_err(|error| NetError::of(&error, self.proxied))?
        {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(NetError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(std::mem::take(&mut *body).into())
    }
}

/// Awaits an exchange for a while. A trace tells of it by method, host and outcome: path, query,
/// headers and bodies may be secret.
async fn bounded(
    (method, url): (&'static str, &Url),
    deadline: Duration,
    exchange: impl Future<Output = Result<RawResponse, NetError>>,
) -> Result<RawResponse, NetError> {
    let span = tracing::info_span!(
        "provider_request",
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "server.address" = url.host_str(),
        "server.port" = url.port_or_known_default(),
        "http.request.method" = method,
        "http.response.status_code" = Empty,
        outcome = Empty,
    );
    let answer = within(deadline, exchange).instrument(span.clone()).await;
    match &answer {
        Ok(raw) => {
            span.record("http.response.status_code", raw.status);
            span.record("outcome", "Answered");
        }
        Err(error) => {
            span.record("outcome", tracing::field::debug(error));
            span.record("otel.status_code", "ERROR");
        }
    }
    answer
}

/// Awaits an exchange for a while. A process that was frozen wakes up with its time over and the
/// answer still unread: it looks once more, since that answer may hold the only refresh token that
/// the provider still accepts.
async fn within(
    deadline: Duration,
    exchange: impl Future<Output = Result<RawResponse, NetError>>,
) -> Result<RawResponse, NetError> {
    tokio::pin!(exchange);
    let stopwatch = Stopwatch::start();
    if let Ok(answer) = tokio::time::timeout(deadline, &mut exchange).await {
        return answer;
    }
    if stopwatch.elapsed() < deadline + HELD_UP {
        return Err(NetError::Timeout);
    }
    tokio::time::timeout(LAST_LOOK, exchange).await.unwrap_or(Err(NetError::Timeout))
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
