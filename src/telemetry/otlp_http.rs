//! The HTTP transport of the OTLP exporter.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// Sends with the operator's HTTP client. The exporter's thread has no runtime, so requests run on
/// the operator's.
#[derive(Debug)]
pub(super) struct OtlpSender {
    client: reqwest::Client,
    runtime: Handle,
}

impl OtlpSender {
    pub(super) fn new(client: reqwest::Client, runtime: Handle) -> Self {
        Self { client, runtime }
    }
}

#[async_trait]
impl HttpClient for OtlpSender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let request = reqwest::Request::try_from(request)?;
            let response = client.execute(request).await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let (status, body) = self.runtime.spawn(exchange).await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}
