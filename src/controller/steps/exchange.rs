//! One request to a token endpoint, and the token that comes of it.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::controller::context::Context;
use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::egress::transport_error;
use connection_client::net::client::{HttpClient, RawResponse};
use connection_client::net::error::NetError;
use connection_core::clock::Stopwatch;
use connection_core::connection::compose::Composed;
use connection_core::connection::desired::{Client, Desired, DesiredRequest, Grant};
use connection_core::connection::digest::Digest;
use connection_core::connection::error::{ConnectionError, ExchangeContext};
use connection_core::connection::reason::Reason;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::{HandledRenewals, TokenRecord, Versions};
use connection_core::oauth::assertion::AssertionSummary;
use connection_core::oauth::token_error::TokenError;
use connection_core::oauth::token_response::{self, TokenResponse};
use connection_core::oauth::{expiry, retry_after};
use connection_core::random;

/// An answer that holds a token, and when it came.
pub(super) type ReceivedResponse = (TokenResponse, Timestamp);

/// Why no token came.
pub(super) struct ExchangeError {
    /// What stands in the way.
    pub fault: ConnectionError,
    /// The provider's refusal, where it answered with one.
    pub refusal: Option<TokenError>,
    /// Whether the provider cannot have seen the request.
    pub unsent: bool,
}

/// Sends a request and reads its answer.
pub(super) async fn send(
    context: &Context,
    http: &HttpClient,
    (desired, opened): (&Desired, &LoadedInputs),
    composed: Composed,
    deadline: Duration,
) -> Result<ReceivedResponse, ExchangeError> {
    let Composed { request, sent } = composed;
    let stopwatch = Stopwatch::start();
    let received = match http.send(&request, deadline).await {
        Ok(raw) => read_answer(desired, opened, sent, &raw),
        Err(error) => {
            let unsent = matches!(error, NetError::Connect | NetError::Dns | NetError::Proxy);
            Err(ExchangeError { fault: transport_error(error), refusal: None, unsent })
        }
    };
    let outcome =
        received.as_ref().map_or_else(|failed| failed.fault.reason, |_| Reason::TokenIssued);
    context.metrics.token_request(desired.flow, outcome, stopwatch.elapsed());
    received
}

fn read_answer(
    desired: &Desired,
    opened: &LoadedInputs,
    sent: Option<AssertionSummary>,
    raw: &RawResponse,
) -> Result<ReceivedResponse, ExchangeError> {
    let body = raw.body.expose_secret();
    let answer =
        token_response::parse(raw.status, raw.content_type.as_deref(), body, &desired.answer);
    let answer = answer.map_err(|refusal| {
        let certificate_shown = opened.transport.identity.is_some();
        let seen = ExchangeContext { sent, certificate_shown, ..seen(&desired.request, raw) };
        let fault = ConnectionError::from_token_error(refusal, &seen);
        ExchangeError { fault, refusal: Some(refusal), unsent: false }
    })?;
    Ok((answer, raw.received_at))
}

fn seen(desired: &DesiredRequest, raw: &RawResponse) -> ExchangeContext {
    let DesiredRequest { client, grant, .. } = desired;
    let now = raw.received_at;
    let after = raw.retry_after.as_deref().and_then(|text| retry_after::retry_after(text, now));
    ExchangeContext {
        assertion_sent: matches!(grant, Grant::JwtBearer(_))
            || matches!(client, Client::PrivateKeyJwt { .. }),
        client_secret_sent: matches!(
            client,
            Client::ClientSecretBasic { .. } | Client::ClientSecretPost { .. }
        ),
        clock_difference: raw
            .date
            .as_deref()
            .and_then(|text| retry_after::clock_difference(text, now)),
        retry_after: after.and_then(|delay| now.checked_add(delay).ok()),
        ..ExchangeContext::default()
    }
}

/// An answer that holds a token, and what is to be remembered beside it.
pub(super) struct ReceivedToken {
    /// The answer.
    pub answer: TokenResponse,
    /// When it came.
    pub at: Timestamp,
    /// Where from.
    pub endpoint: Url,
    /// The requests for a renewal that it answers.
    pub handled_renewals: HandledRenewals,
    /// The versions of the Secrets that the request used.
    pub inputs: Versions,
}

/// The token, with what its Secret is to remember of it.
pub(super) fn token(desired: &Desired, opened: &LoadedInputs, received: ReceivedToken) -> Token {
    let ReceivedToken { answer, at, endpoint, handled_renewals, inputs } = received;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let resolved = expiry::resolve(
        answer.expiry,
        &answer.access_token,
        desired.refresh.every.map(seconds),
        desired.refresh.preset_lifetime.map(seconds),
        at,
    );
    let salt = Digest::from_bytes(&random::bytes::<16>());
    let record = TokenRecord {
        issued_at: at,
        expires_at: resolved.expires_at,
        expiry_source: resolved.source,
        token_type: answer.token_type,
        scopes: answer.scopes,
        token_endpoint: endpoint.into(),
        instance_url: answer.instance_url,
        key_alias: opened.material.key_alias(),
        certificate_not_after: opened.material.certificate_not_after(),
        request: opened.request,
        inputs_digest: opened.material.digest(salt.as_bytes()),
        salt,
        inputs,
        data_digest: desired.output.data_digest(),
        metadata_digest: desired.output.metadata_digest(),
        keys: None,
        handled_renewals,
        grant_serial: None,
    };
    Token { access_token: answer.access_token, extras: answer.extras, record }
}
