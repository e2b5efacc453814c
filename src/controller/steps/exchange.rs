//! One request to a token endpoint, and the token that comes of it.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::controller::context::Context;
use crate::controller::state_cache::Opened;
use crate::controller::steps::egress::unreached;
use connection_client::net::client::{HttpClient, RawAnswer};
use connection_client::net::error::NetError;
use connection_core::clock::Stopwatch;
use connection_core::connection::compose::Composed;
use connection_core::connection::desired::{Client, Desired, DesiredRequest, Grant};
use connection_core::connection::digest::Digest;
use connection_core::connection::error::{Fault, Seen};
use connection_core::connection::reason::Reason;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::{Answers, Record, Versions};
use connection_core::oauth::assertion::Sent;
use connection_core::oauth::token_error::Refusal;
use connection_core::oauth::token_response::{self, Answer};
use connection_core::oauth::{expiry, retry_after};
use connection_core::random;

/// An answer that holds a token, and when it came.
pub(super) type Answered = (Answer, Timestamp);

/// Why no token came.
pub(super) struct Failed {
    /// What stands in the way.
    pub fault: Fault,
    /// The provider's refusal, where it answered with one.
    pub refusal: Option<Refusal>,
    /// Whether the provider cannot have seen the request.
    pub unsent: bool,
}

/// Sends a request and reads its answer.
pub(super) async fn send(
    context: &Context,
    http: &HttpClient,
    (desired, opened): (&Desired, &Opened),
    composed: Composed,
    deadline: Duration,
) -> Result<Answered, Failed> {
    let Composed { request, sent } = composed;
    let stopwatch = Stopwatch::start();
    let received = match http.send(&request, deadline).await {
        Ok(raw) => read_answer(desired, opened, sent, &raw),
        Err(error) => {
            let unsent = matches!(error, NetError::Connect | NetError::Dns | NetError::Proxy);
            Err(Failed { fault: unreached(error), refusal: None, unsent })
        }
    };
    let outcome =
        received.as_ref().map_or_else(|failed| failed.fault.reason, |_| Reason::TokenIssued);
    context.metrics.requested(desired.flow, outcome, stopwatch.elapsed());
    received
}

fn read_answer(
    desired: &Desired,
    opened: &Opened,
    sent: Option<Sent>,
    raw: &RawAnswer,
) -> Result<Answered, Failed> {
    let body = raw.body.expose_secret();
    let answer =
        token_response::read(raw.status, raw.content_type.as_deref(), body, &desired.answer);
    let answer = answer.map_err(|refusal| {
        let certificate_shown = opened.transport.identity.is_some();
        let seen = Seen { sent, certificate_shown, ..seen(&desired.request, raw) };
        let fault = Fault::of_refusal(refusal, &seen);
        Failed { fault, refusal: Some(refusal), unsent: false }
    })?;
    Ok((answer, raw.received_at))
}

fn seen(desired: &DesiredRequest, raw: &RawAnswer) -> Seen {
    let DesiredRequest { client, grant, .. } = desired;
    let now = raw.received_at;
    let after = raw.retry_after.as_deref().and_then(|text| retry_after::retry_after(text, now));
    Seen {
        assertion_sent: matches!(grant, Grant::JwtBearer(_))
            || matches!(client, Client::Assertion { .. }),
        client_secret_sent: matches!(
            client,
            Client::SecretBasic { .. } | Client::SecretPost { .. }
        ),
        clock_difference: raw
            .date
            .as_deref()
            .and_then(|text| retry_after::clock_difference(text, now)),
        retry_after: after.and_then(|delay| now.checked_add(delay).ok()),
        ..Seen::default()
    }
}

/// An answer that holds a token, and what is to be remembered beside it.
pub(super) struct Received {
    /// The answer.
    pub answer: Answer,
    /// When it came.
    pub at: Timestamp,
    /// Where from.
    pub endpoint: Url,
    /// The requests for a renewal that it answers.
    pub answers: Answers,
    /// The versions of the Secrets that the request used.
    pub inputs: Versions,
}

/// The token, with what its Secret is to remember of it.
pub(super) fn token(desired: &Desired, opened: &Opened, received: Received) -> Token {
    let Received { answer, at, endpoint, answers, inputs } = received;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let resolved = expiry::resolve(
        answer.expiry,
        &answer.access_token,
        desired.refresh.every.map(seconds),
        desired.refresh.preset_lifetime.map(seconds),
        at,
    );
    let salt = Digest::of_bytes(&random::bytes::<16>());
    let record = Record {
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
        material: opened.material.digest(salt.as_bytes()),
        salt,
        inputs,
        form: desired.output.form(),
        dress: desired.output.dress(),
        keys: None,
        answers,
        grant_serial: None,
    };
    Token { access_token: answer.access_token, extras: answer.extras, record }
}
