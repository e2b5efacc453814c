//! One request to a token endpoint, and the token of its response.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::provider_session::ProviderSession;
use crate::controller::steps::provider_session::egress::transport_error;
use connection_client::net::client::{HttpClient, RawResponse};
use connection_client::net::error::NetError;
use connection_core::clock::Stopwatch;
use connection_core::connection::compose::Composed;
use connection_core::connection::desired::{Client, Desired, DesiredGrant, DesiredRequest};
use connection_core::connection::digest::Digest;
use connection_core::connection::error::{ConnectionError, ExchangeContext};
use connection_core::connection::reason::Reason;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::TokenRecord;
use connection_core::oauth::assertion::AssertionSummary;
use connection_core::oauth::token_error::TokenError;
use connection_core::oauth::token_response::{self, TokenResponse};
use connection_core::oauth::{expiry, retry_after};
use connection_core::random;

/// A token response and its time of arrival.
pub(in crate::controller::steps) type ReceivedResponse = (TokenResponse, Timestamp);

/// A request without a token in return.
pub(in crate::controller::steps) struct ExchangeError {
    pub error: ConnectionError,
    /// The provider's error response, if it sent one.
    pub token_error: Option<TokenError>,
    /// True if the provider cannot have received the request.
    pub unsent: bool,
}

impl From<ConnectionError> for ExchangeError {
    /// An error before sending, which sending again would not avoid.
    fn from(error: ConnectionError) -> Self {
        Self { error, token_error: None, unsent: false }
    }
}

/// Sends a request, reads its response and counts the outcome.
pub(super) async fn send(
    ctx: StepContext<'_>,
    inputs: &LoadedInputs,
    http: &HttpClient,
    composed: Composed,
    deadline: Duration,
) -> Result<ReceivedResponse, ExchangeError> {
    let Composed { request, sent } = composed;
    let stopwatch = Stopwatch::start();
    let received = match http.send(&request, deadline).await {
        Ok(raw) => parse(ctx.desired, inputs, sent, &raw),
        Err(error) => {
            // These precede the request; a timeout or an interruption may follow its arrival.
            let unsent = matches!(error, NetError::Connect | NetError::Dns | NetError::Proxy);
            Err(ExchangeError { error: transport_error(error), token_error: None, unsent })
        }
    };
    let outcome =
        received.as_ref().map_or_else(|failed| failed.error.reason, |_| Reason::TokenIssued);
    ctx.context.metrics.token_request(ctx.desired.flow, outcome, stopwatch.elapsed());
    received
}

fn parse(
    desired: &Desired,
    inputs: &LoadedInputs,
    sent: Option<AssertionSummary>,
    raw: &RawResponse,
) -> Result<ReceivedResponse, ExchangeError> {
    let (content_type, body) = (raw.content_type.as_deref(), raw.body.expose_secret());
    let response = token_response::parse(raw.status, content_type, body, &desired.answer);
    let response = response.map_err(|token_error| {
        let certificate_shown = inputs.transport.identity.is_some();
        let request_context = exchange_context(&desired.request, raw);
        let exchange = ExchangeContext { sent, certificate_shown, ..request_context };
        let error = ConnectionError::from_token_error(token_error, &exchange);
        ExchangeError { error, token_error: Some(token_error), unsent: false }
    })?;
    Ok((response, raw.received_at))
}

fn exchange_context(desired: &DesiredRequest, raw: &RawResponse) -> ExchangeContext {
    let DesiredRequest { client, grant, .. } = desired;
    // A delay in seconds counts from the response (RFC 9110 section 10.2.3).
    let now = raw.received_at;
    let after = raw.retry_after.as_deref().and_then(|text| retry_after::retry_after(text, now));
    let date = raw.date.as_deref();
    ExchangeContext {
        assertion_sent: matches!(grant, DesiredGrant::JwtBearer(_))
            || matches!(client, Client::PrivateKeyJwt { .. }),
        client_secret_sent: matches!(
            client,
            Client::ClientSecretBasic { .. } | Client::ClientSecretPost { .. }
        ),
        clock_difference: date.and_then(|text| retry_after::clock_difference(text, now)),
        retry_after: after.and_then(|delay| now.checked_add(delay).ok()),
        ..ExchangeContext::default()
    }
}

/// Makes the token of a response, with the record that is stored with it.
pub(super) fn token(
    session: &ProviderSession<'_>,
    response: TokenResponse,
    at: Timestamp,
    endpoint: Url,
) -> Token {
    let ProviderSession { ctx, inputs, versions } = session;
    let desired = ctx.desired;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let resolved = expiry::resolve(
        response.expiry,
        &response.access_token,
        desired.refresh.every.map(seconds),
        desired.refresh.preset_lifetime.map(seconds),
        at,
    );
    // A salt for each record, so that equal secrets have different digests.
    let salt = Digest::from_bytes(&random::bytes::<16>());
    let record = TokenRecord {
        issued_at: at,
        expires_at: resolved.expires_at,
        expiry_source: resolved.source,
        token_type: response.token_type,
        scopes: response.scopes,
        token_endpoint: endpoint.into(),
        instance_url: response.instance_url,
        key_alias: inputs.material.key_alias(),
        certificate_not_after: inputs.material.certificate_not_after(),
        request: inputs.request_digest,
        inputs_digest: inputs.material.digest(salt.as_bytes()),
        salt,
        inputs: versions.clone(),
        data_digest: desired.output.data_digest(),
        metadata_digest: desired.output.metadata_digest(),
        // Known once the data of the Secret is rendered.
        keys: None,
        // As observed before the request: a later annotation requests another renewal.
        handled_renewals: ctx.observation.renewal_annotations.digests(),
        // Set when the grant is saved.
        grant_serial: None,
    };
    Token { access_token: response.access_token, extras: response.extras, record }
}
