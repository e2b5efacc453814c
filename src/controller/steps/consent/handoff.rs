//! Handoff Secrets: reads them and verifies their ticket. A handoff without a valid ticket of the
//! Connection is ignored, because its author need not be permitted to change the Connection.

use jiff::SignedDuration;
use kube::ResourceExt;

use crate::controller::context::Context;
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::forget;
use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::handoff_secret::{Handoff, HandoffKind, TICKET};
use connection_core::clock;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::ticket::{self, TicketRecord};

/// The longest time to wait for an unknown ticket: the watch may report the Secret before the
/// Connection.
const CACHE_LAG: SignedDuration = SignedDuration::from_secs(10);

pub(super) struct VerifiedHandoff {
    pub handoff: Handoff,
    /// Digest of the ticket.
    pub ticket: Digest,
}

/// Returns the first handoff of a kind that has a valid ticket, and deletes those without. Invalid
/// handoffs do not delay valid ones.
///
/// # Errors
///
/// Returns an error if only handoffs exist whose ticket may still arrive.
pub(super) async fn next_verified(
    ctx: StepContext<'_>,
    kind: HandoffKind,
) -> Result<Option<VerifiedHandoff>, ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let pending = context.secrets.handoffs(&observed.namespace, &observed.name);
    let mut is_lagging = false;
    for (name, _) in pending.into_iter().filter(|(_, pending_kind)| *pending_kind == kind) {
        let handoff = match Handoff::read(&context.client, &observed.namespace, &name).await {
            Ok(handoff) => handoff,
            Err(ApiError::NotFound) => {
                // The watch has not reported the deletion yet.
                forget(context, observed, &name);
                continue;
            }
            Err(error) => return Err(error.connection_error("failed to read the handoff Secret")),
        };
        match verified_ticket(observed, &handoff) {
            Some(ticket) => return Ok(Some(VerifiedHandoff { handoff, ticket })),
            None if is_younger_than(&handoff, CACHE_LAG) => is_lagging = true,
            None => discard(context, observed, &handoff).await?,
        }
    }
    if is_lagging { Err(ticket_error()) } else { Ok(None) }
}

fn ticket_error() -> ConnectionError {
    let message = "the handoff Secret has no ticket of this Connection: the operator retries";
    ConnectionError::transient(Reason::AuthorizationFailed, message)
}

async fn discard(
    context: &Context,
    observed: &ObservedConnection,
    handoff: &Handoff,
) -> Result<(), ConnectionError> {
    tracing::warn!(
        namespace = observed.namespace,
        name = observed.name,
        secret = handoff.name,
        "deleting handoff Secret: ticket missing or invalid"
    );
    delete(context, observed, handoff).await
}

/// Returns the digest of the ticket, if it is the Connection's and was valid when the Secret was
/// created.
fn verified_ticket(observed: &ObservedConnection, handoff: &Handoff) -> Option<Digest> {
    let record =
        TicketRecord::from_annotation(observed.connection.annotations().get(TICKET_ANNOTATION)?)?;
    let ticket = handoff.get(TICKET)?;
    let generation = observed.connection.metadata.generation.unwrap_or_default();
    // The time of creation counts, because the operator may have been down since.
    let at = handoff.created_at.unwrap_or_else(clock::now);
    record.check(ticket, generation, at).ok()?;
    Some(ticket::ticket_digest(ticket))
}

pub(super) fn is_younger_than(handoff: &Handoff, age: SignedDuration) -> bool {
    // A Secret without a time of creation counts as old, so that no wait is endless.
    handoff.created_at.is_some_and(|at| clock::now().duration_since(at) < age)
}

pub(super) async fn delete(
    context: &Context,
    observed: &ObservedConnection,
    handoff: &Handoff,
) -> Result<(), ConnectionError> {
    let deleted = handoff.delete(&context.client, &observed.namespace).await;
    deleted.map_err(|error| error.connection_error("failed to delete the handoff Secret"))?;
    // The next plan must not find the Secret again before the watch reports its deletion.
    forget(context, observed, &handoff.name);
    Ok(())
}
