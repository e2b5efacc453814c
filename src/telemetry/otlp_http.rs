//! Sends what the exporter encodes.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// Sends by our own HTTP client. The exporter has a thread without a runtime, so requests run
/// elsewhere.
#[derive(Debug)]
pub(super) struct Sender {
    client: reqwest::Client,
    runtime: Handle,
}

impl Sender {
    /// Sends by this client, on this runtime.
    pub(super) fn new(client: reqwest::Client, runtime: Handle) -> Self {
        Self { client, runtime }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let request = reqwest::Request::try_from(request)?;
            let answer = client.execute(request).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        let (status, body) = self.runtime.spawn(exchange).await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}
