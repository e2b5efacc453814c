//! Requests a token and writes it down.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use crate::clock::{self, Stopwatch};
use crate::connection::compose::{self, Composed};
use crate::connection::desired::{Client, Desired, DesiredRequest, Grant};
use crate::connection::digest::Digest;
use crate::connection::fault::{Fault, Seen};
use crate::connection::reason::Reason;
use crate::connection::record::{Answers, Record, Versions};
use crate::connection::token::Token;
use crate::controller::context::Context;
use crate::controller::effect::way::{client, demand_pins, unreached};
use crate::controller::effect::{discover, read, write};
use crate::controller::memory::Opened;
use crate::net::client::RawAnswer;
use crate::oauth::answer::{self, Answer};
use crate::oauth::assertion::Sent;
use crate::oauth::{expiry, retry_after};
use crate::observation::observe::Observation;
use crate::observation::subject::Subject;
use crate::random;

/// Requests a token and writes it down at once.
pub async fn acquire(
    context: &Context,
    subject: &Subject,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), Fault> {
    let (opened, inputs) = read::opened(context, subject, desired).await?;
    let token = Arc::new(exchange(context, observation, desired, (&opened, inputs)).await?);
    tracing::info!(
        namespace = subject.namespace,
        name = subject.name,
        expires_at = %token.record.expires_at,
        expiry_source = ?token.record.expiry_source,
        "a token was received"
    );
    context.memory.with(&subject.uid, |memo| memo.unwritten = Some(Arc::clone(&token)));
    write::unwritten(context, subject, observation, desired).await
}

async fn exchange(
    context: &Context,
    observation: &Observation,
    desired: &Desired,
    (opened, inputs): (&Opened, Versions),
) -> Result<Token, Fault> {
    let deadline = Duration::try_from(observation.window.deadline()).unwrap_or_default();
    let endpoint = discover::token_endpoint(context, desired, opened, deadline).await?;
    demand_pins(context, opened, &endpoint)?;
    let http = client(context, opened, &endpoint)?;
    let nonces = [random::bytes(), random::bytes()];
    let Composed { request, sent } =
        compose::compose(&desired.request, &endpoint, &opened.material, clock::now(), nonces)?;
    let stopwatch = Stopwatch::start();
    let answered = http.send(&request, deadline).await.map_err(unreached);
    let received = answered.and_then(|raw| read_answer(desired, opened, sent, &raw));
    let outcome = received.as_ref().map_or_else(|fault| fault.reason, |_| Reason::TokenIssued);
    context.metrics.requested(outcome, stopwatch.elapsed());
    let (answer, at) = received?;
    let answers = observation.asked.answers();
    Ok(token(desired, opened, Received { answer, at, endpoint, answers, inputs }))
}

fn read_answer(
    desired: &Desired,
    opened: &Opened,
    sent: Option<Sent>,
    raw: &RawAnswer,
) -> Result<(Answer, Timestamp), Fault> {
    let body = raw.body.expose_secret();
    let answer = answer::read(raw.status, raw.content_type.as_deref(), body, &desired.answer);
    let answer = answer.map_err(|refusal| {
        let certificate_shown = opened.transport.identity.is_some();
        let seen = Seen { sent, certificate_shown, ..seen(&desired.request, raw) };
        Fault::of_refusal(refusal, &seen)
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
struct Received {
    answer: Answer,
    at: Timestamp,
    endpoint: Url,
    answers: Answers,
    inputs: Versions,
}

fn token(desired: &Desired, opened: &Opened, received: Received) -> Token {
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
    };
    Token { access_token: answer.access_token, extras: answer.extras, record }
}
