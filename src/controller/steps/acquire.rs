//! Requests a token and writes it down.

use std::sync::Arc;
use std::time::Duration;

use crate::controller::context::Context;
use crate::controller::state_cache::Opened;
use crate::controller::steps::egress::{client, demand_pins};
use crate::controller::steps::exchange::{self, Received};
use crate::controller::steps::{Around, consent, discover, read, write};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::Subject;
use connection_core::clock;
use connection_core::connection::compose;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::Fault;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::Versions;
use connection_core::random;

/// Requests a token and writes it down at once.
pub(super) async fn acquire(
    context: &Context,
    subject: &Subject,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), Fault> {
    if desired.authorization.is_some() {
        return consent::refresh(Around { context, subject, observation, desired }).await;
    }
    let (opened, inputs) = read::opened(context, subject, desired).await?;
    let token = Arc::new(requested(context, observation, desired, (&opened, inputs)).await?);
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

async fn requested(
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
    let composed =
        compose::compose(&desired.request, &endpoint, &opened.material, clock::now(), nonces)?;
    let sent = exchange::send(context, &http, (desired, opened), composed, deadline).await;
    let (answer, at) = sent.map_err(|failed| failed.fault)?;
    let answers = observation.asked.answers();
    Ok(exchange::token(desired, opened, Received { answer, at, endpoint, answers, inputs }))
}
