//! An endpoint that may receive the inputs, and the requests that it may receive. The checks are
//! valid for one request, with its retries: sending consumes the endpoint.

use std::sync::Arc;
use std::time::Duration;

use backon::{ConstantBuilder, Retryable};
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::provider_session::egress::{
    client_for, ensure_host_allowed, transport_error,
};
use crate::controller::steps::provider_session::token_request::{
    self, ExchangeError, ReceivedResponse,
};
use connection_client::net::client::{HttpClient, RawResponse};
use connection_core::clock;
use connection_core::connection::compose::{
    Composed, Presented, authenticated, code_or_refresh_request, compose,
};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::schedule::SINGLE_USE_TIMEOUT;
use connection_core::flow::authorization_code::Code;
use connection_core::oauth::parameters::Parameters;
use connection_core::random;

/// Retries of a code that the provider cannot have received.
const CODE_RETRIES: usize = 3;

const RETRY_DELAY: Duration = Duration::from_secs(1);

/// An endpoint that passed the checks for requests that carry the inputs.
pub(in crate::controller::steps) struct CheckedEndpoint<'a> {
    ctx: StepContext<'a>,
    inputs: Arc<LoadedInputs>,
    endpoint: Url,
    http: Arc<HttpClient>,
}

impl<'a> CheckedEndpoint<'a> {
    /// Checks allowed hosts, leadership and the egress policy.
    pub(super) fn check(
        ctx: StepContext<'a>,
        inputs: &Arc<LoadedInputs>,
        endpoint: &Url,
    ) -> Result<Self, ConnectionError> {
        ensure_host_allowed(ctx, inputs, endpoint)?;
        let http = client_for(ctx, inputs, endpoint)?;
        Ok(Self { ctx, inputs: Arc::clone(inputs), endpoint: endpoint.clone(), http })
    }

    /// Requests a token of a flow without consent.
    pub(in crate::controller::steps) async fn request_token(
        self,
    ) -> Result<ReceivedResponse, ConnectionError> {
        let (material, nonces) = (&self.inputs.material, [random::bytes(), random::bytes()]);
        let request = &self.ctx.desired.request;
        let composed = compose(request, &self.endpoint, material, clock::now(), nonces)?;
        let received = self.exchange(composed, self.ctx.deadline()).await;
        received.map_err(|failed| failed.error)
    }

    /// Exchanges a code; retries only if the provider cannot have received it.
    pub(in crate::controller::steps) async fn exchange_code(
        self,
        code: &Code,
    ) -> Result<ReceivedResponse, ExchangeError> {
        let attempt = async || {
            // Composed for each attempt, because an assertion may be usable once only (RFC 7523
            // section 3).
            let composed = self.compose(&Presented::Code(code))?;
            self.exchange(composed, SINGLE_USE_TIMEOUT).await
        };
        let backoff =
            ConstantBuilder::default().with_delay(RETRY_DELAY).with_max_times(CODE_RETRIES);
        attempt.retry(backoff).when(|failed| failed.unsent).await
    }

    /// Sends a form with the client's authentication.
    pub(in crate::controller::steps) fn post(
        self,
        form: Parameters,
    ) -> impl Future<Output = Result<RawResponse, ConnectionError>> + use<'a> {
        // Outside of the future, which must be `Send`: a form is not.
        let (request, material) = (&self.ctx.desired.request, &self.inputs.material);
        let made = (clock::now(), random::bytes());
        let composed = authenticated(request, &self.endpoint, material, form, &[], made);
        async move {
            let sent = self.http.send(&composed?.request, self.ctx.deadline()).await;
            sent.map_err(transport_error)
        }
    }

    pub(super) fn compose(&self, presented: &Presented<'_>) -> Result<Composed, ConnectionError> {
        let made = (clock::now(), random::bytes());
        let (request, material) = (&self.ctx.desired.request, &self.inputs.material);
        code_or_refresh_request(request, &self.endpoint, material, presented, made)
    }

    pub(super) async fn exchange(
        &self,
        composed: Composed,
        deadline: Duration,
    ) -> Result<ReceivedResponse, ExchangeError> {
        token_request::send(self.ctx, &self.inputs, &self.http, composed, deadline).await
    }
}
