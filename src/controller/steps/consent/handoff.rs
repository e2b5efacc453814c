//! What was handed over: read, and its ticket checked. A hand-over without the Connection's own
//! ticket is worth nothing: whoever made it need not have the right to change the Connection.

use jiff::SignedDuration;
use kube::ResourceExt;

use crate::controller::context::Context;
use crate::controller::steps::StepContext;
use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::handoff_secret::{Handoff, HandoffKind, TICKET};
use connection_core::clock;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::ticket::{self, TicketRecord};

/// How long a ticket that is not known is waited for: the watch may tell of the Secret before it
/// tells of the Connection.
const LAG: SignedDuration = SignedDuration::from_secs(10);

/// What was handed over, with the ticket that is good.
pub(super) struct VerifiedHandoff {
    pub hand_over: Handoff,
    pub ticket: Digest,
}

/// Takes the first hand-over of a kind that counts. None where there is none. Those that do not
/// count keep none that does from being taken: whoever made them may be anybody.
pub(super) async fn next_verified(
    around: StepContext<'_>,
    kind: HandoffKind,
) -> Result<Option<VerifiedHandoff>, ConnectionError> {
    let StepContext { context, subject, .. } = around;
    let waiting = context.secrets.handoffs(&subject.namespace, &subject.name);
    let mut young = false;
    for (name, _) in waiting.into_iter().filter(|(_, one)| *one == kind) {
        let hand_over = match Handoff::read(&context.client, &subject.namespace, &name).await {
            Ok(hand_over) => hand_over,
            Err(ApiError::NotFound) => {
                forget(context, subject, &name);
                continue;
            }
            Err(error) => return Err(error.connection_error("a hand-over Secret cannot be read")),
        };
        match good(subject, &hand_over) {
            Some(ticket) => return Ok(Some(VerifiedHandoff { hand_over, ticket })),
            None if is_young(&hand_over) => young = true,
            None => discard(context, subject, &hand_over).await?,
        }
    }
    if young { Err(ticket_error()) } else { Ok(None) }
}

fn ticket_error() -> ConnectionError {
    let message = "what was handed over has no ticket of this Connection; the operator looks again";
    ConnectionError::transient(Reason::AuthorizationFailed, message)
}

async fn discard(
    context: &Context,
    subject: &ObservedConnection,
    hand_over: &Handoff,
) -> Result<(), ConnectionError> {
    tracing::warn!(
        namespace = subject.namespace,
        name = subject.name,
        secret = hand_over.name,
        "what was handed over has no valid ticket of this Connection; it is deleted"
    );
    delete(context, subject, hand_over).await
}

/// The ticket's digest, where it is the Connection's and was good when it was handed over.
fn good(subject: &ObservedConnection, hand_over: &Handoff) -> Option<Digest> {
    let note =
        TicketRecord::from_annotation(subject.connection.annotations().get(TICKET_ANNOTATION)?)?;
    let ticket = hand_over.get(TICKET)?;
    let generation = subject.connection.metadata.generation.unwrap_or_default();
    let at = hand_over.created_at.unwrap_or_else(clock::now);
    note.check(ticket, generation, at).ok()?;
    Some(ticket::ticket_digest(ticket))
}

fn is_young(hand_over: &Handoff) -> bool {
    hand_over.created_at.is_some_and(|at| clock::now().duration_since(at) < LAG)
}

/// Deletes a hand-over, and forgets it before the watch does.
pub(super) async fn delete(
    context: &Context,
    subject: &ObservedConnection,
    hand_over: &Handoff,
) -> Result<(), ConnectionError> {
    let deleted = hand_over.delete(&context.client, &subject.namespace).await;
    deleted.map_err(|error| error.connection_error("a hand-over Secret cannot be deleted"))?;
    forget(context, subject, &hand_over.name);
    Ok(())
}

/// Forgets a hand-over before the watch does.
pub(super) fn forget(context: &Context, subject: &ObservedConnection, name: &str) {
    if let Some(known) = context.secrets.get(&subject.namespace, name) {
        context.secrets.remove(&subject.namespace, name, &known.uid);
    }
}
