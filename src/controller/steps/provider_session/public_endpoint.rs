//! An endpoint that receives no input of the Connection: metadata and userinfo.

use std::sync::Arc;
use std::time::Duration;

use backon::{ConstantBuilder, Retryable};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::provider_session::egress::{client_for, transport_error};
use connection_client::net::client::{HttpClient, RawResponse};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::oauth::id_token::{self, Account};
use connection_core::oauth::retryability::is_retryable_status;

// The code is used up by then, so a failure costs the user another consent.
const USERINFO_RETRIES: usize = 2;

const RETRY_DELAY: Duration = Duration::from_secs(1);

/// An endpoint that passed the checks of leadership and egress policy. Allowed hosts do not apply,
/// because no input is sent; a client certificate proves possession of its key only.
pub(in crate::controller::steps) struct PublicEndpoint {
    endpoint: Url,
    http: Arc<HttpClient>,
    deadline: Duration,
}

impl PublicEndpoint {
    pub(super) fn check(
        ctx: StepContext<'_>,
        inputs: &LoadedInputs,
        endpoint: &Url,
    ) -> Result<Self, ConnectionError> {
        let http = client_for(ctx, inputs, endpoint)?;
        Ok(Self { endpoint: endpoint.clone(), http, deadline: ctx.deadline() })
    }

    pub(super) async fn get(self) -> Result<RawResponse, ConnectionError> {
        self.http.get(&self.endpoint, self.deadline).await.map_err(transport_error)
    }

    /// Requests the account of an access token; none if the provider does not return it.
    pub(in crate::controller::steps) async fn userinfo(
        self,
        access_token: &SecretString,
    ) -> Result<Option<Account>, ConnectionError> {
        let attempt = async || {
            let sent = self.http.get_with(&self.endpoint, access_token, self.deadline).await;
            let response = sent.map_err(transport_error)?;
            match response.status {
                200 => Ok(id_token::parse_userinfo(response.body.expose_secret())),
                status if is_retryable_status(status) => Err(userinfo_error(status)),
                // A retry would not help, for example if the scope openid is missing.
                _ => Ok(None),
            }
        };
        let backoff =
            ConstantBuilder::default().with_delay(RETRY_DELAY).with_max_times(USERINFO_RETRIES);
        // Every error is retried, because the request uses up nothing.
        attempt.retry(backoff).await
    }
}

fn userinfo_error(status: u16) -> ConnectionError {
    let message =
        format!("the userinfo endpoint did not return the account of the consent (HTTP {status})");
    ConnectionError::transient(Reason::ProviderUnavailable, message)
}
