//! Sends requests to a provider and reads the responses.

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

/// Maximum size of a response body.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// A deadline that is detected this late means that the process was suspended.
const SUSPENDED_AFTER: Duration = Duration::from_secs(1);

/// Time to read a response that arrived while the process was suspended.
const LATE_READ_TIMEOUT: Duration = Duration::from_secs(1);

/// Sends requests with one transport.
pub struct HttpClient {
    client: reqwest::Client,
    proxied: bool,
}

/// A complete HTTP response, not parsed.
#[derive(Debug)]
pub struct RawResponse {
    pub status: u16,
    pub content_type: Option<String>,
    pub date: Option<String>,
    pub retry_after: Option<String>,
    pub body: SecretSlice<u8>,
    /// The time after the last byte of the body.
    pub received_at: Timestamp,
}

impl HttpClient {
    pub(super) fn new(client: reqwest::Client, proxied: bool) -> Self {
        Self { client, proxied }
    }

    /// Sends a token request. Returns an error if no complete response is received within
    /// `deadline`.
    pub async fn send(
        &self,
        request: &TokenRequest,
        deadline: Duration,
    ) -> Result<RawResponse, NetError> {
        traced(("POST", &request.endpoint), deadline, self.exchange(request)).await
    }

    /// Gets a document. Returns an error if no complete response is received within `deadline`.
    pub async fn get(&self, url: &Url, deadline: Duration) -> Result<RawResponse, NetError> {
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        traced(("GET", url), deadline, self.execute(request)).await
    }

    /// Gets a document with a bearer token (RFC 6750 section 2.1). Returns an error if no complete
    /// response is received within `deadline`.
    pub async fn get_with(
        &self,
        url: &Url,
        token: &SecretString,
        deadline: Duration,
    ) -> Result<RawResponse, NetError> {
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        // Never fails: tokens with other characters than visible ASCII are rejected earlier.
        let mut value = HeaderValue::from_str(&bearer).map_err(|_| NetError::NotAllowed)?;
        // Keeps the token out of debug output of the HTTP library.
        value.set_sensitive(true);
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        let request = request.header(AUTHORIZATION, value);
        traced(("GET", url), deadline, self.execute(request)).await
    }

    async fn exchange(&self, request: &TokenRequest) -> Result<RawResponse, NetError> {
        let body = request.body.expose_secret().to_owned();
        let post = self.client.post(request.endpoint.clone());
        self.execute(post.headers(headers(request)?).body(body)).await
    }

    async fn execute(&self, request: reqwest::RequestBuilder) -> Result<RawResponse, NetError> {
        let sent = request.send().await;
        let response = sent.map_err(|error| NetError::from_reqwest(&error, self.proxied))?;
        let text = |name: HeaderName| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
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
            response.chunk().await.map_err(|error| NetError::from_reqwest(&error, self.proxied))?
        {
            // Counted while reading: a server may send no or a wrong Content-Length.
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(NetError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        // Moves the bytes, so that no copy remains that is not zeroed.
        Ok(std::mem::take(&mut *body).into())
    }
}

/// Awaits an exchange until `deadline`, in a span. The span has method, host and outcome only,
/// because path, query, headers and bodies may be secret.
async fn traced(
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
    let response = within(deadline, exchange).instrument(span.clone()).await;
    match &response {
        Ok(raw) => {
            span.record("http.response.status_code", raw.status);
            span.record("outcome", "Responded");
        }
        Err(error) => {
            span.record("outcome", tracing::field::debug(error));
            span.record("otel.status_code", "ERROR");
        }
    }
    response
}

/// Awaits an exchange until `deadline`. After a suspension of the process the deadline has passed
/// before the response is read. It is still read then, because it may hold the only refresh token
/// that the provider accepts.
async fn within(
    deadline: Duration,
    exchange: impl Future<Output = Result<RawResponse, NetError>>,
) -> Result<RawResponse, NetError> {
    tokio::pin!(exchange);
    let stopwatch = Stopwatch::start();
    if let Ok(response) = tokio::time::timeout(deadline, &mut exchange).await {
        return response;
    }
    // A timer that fires on time means a slow provider, not a suspended process.
    if stopwatch.elapsed() < deadline + SUSPENDED_AFTER {
        return Err(NetError::Timeout);
    }
    tokio::time::timeout(LATE_READ_TIMEOUT, exchange).await.unwrap_or(Err(NetError::Timeout))
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
        // Never fails: base64 is a valid header value.
        let mut value = HeaderValue::from_str(authorization.expose_secret())
            .map_err(|_| NetError::NotAllowed)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}
