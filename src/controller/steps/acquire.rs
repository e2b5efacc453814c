//! Requests a token and writes it down.

use std::sync::Arc;
use std::time::Duration;

use crate::controller::context::Context;
use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::egress::{client, ensure_host_allowed};
use crate::controller::steps::exchange::{self, ReceivedToken};
use crate::controller::steps::{discover, read, write};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::clock;
use connection_core::connection::compose;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::Versions;
use connection_core::random;

/// Requests a token and writes it down at once.
pub(super) async fn acquire(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), ConnectionError> {
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
    (opened, inputs): (&LoadedInputs, Versions),
) -> Result<Token, ConnectionError> {
    let deadline = Duration::try_from(observation.window.deadline()).unwrap_or_default();
    let endpoint = discover::token_endpoint(context, desired, opened, deadline).await?;
    ensure_host_allowed(context, opened, &endpoint)?;
    let http = client(context, opened, &endpoint)?;
    let nonces = [random::bytes(), random::bytes()];
    let composed =
        compose::compose(&desired.request, &endpoint, &opened.material, clock::now(), nonces)?;
    let sent = exchange::send(context, &http, (desired, opened), composed, deadline).await;
    let (answer, at) = sent.map_err(|failed| failed.fault)?;
    let handled_renewals = observation.renewal_annotations.digests();
    Ok(exchange::token(
        desired,
        opened,
        ReceivedToken { answer, at, endpoint, handled_renewals, inputs },
    ))
}
