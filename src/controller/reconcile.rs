//! Reconciles a Connection: observe, plan and apply until no step is left, then report.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::runtime::controller::Action;
use tracing::Instrument;
use tracing::field::Empty;

use crate::controller::context::Context;
use crate::controller::enrollment::SecretAccess;
use crate::controller::observe::observe;
use crate::controller::status;
use crate::controller::steps;
use crate::controller::worker_pool::WorkerPool;
use crate::metrics::ReconcileResult;
use connection_client::api::connection::Connection;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::clock;
use connection_core::connection::plan::{self, Requeue, Step};

/// The most steps of a reconciliation; the plan needs four.
const MAX_STEPS: u32 = 8;

/// The delay after the steps did not converge, or the status could not be written.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// Reconciles a Connection if a worker is free, otherwise it is requeued when one is.
///
/// # Errors
///
/// Never: failures are recorded, reported and retried.
pub(super) async fn reconcile(
    connection: Arc<Connection>,
    context: Arc<Context>,
    workers: Arc<WorkerPool>,
) -> Result<Action, Infallible> {
    let metrics = Arc::clone(&context.metrics);
    let observed = ObservedConnection::new(connection);
    let (namespace, name) = (observed.namespace.clone(), observed.name.clone());
    if !should_reconcile(&context, &observed) {
        // The entry leaves the queue without a worker, and its permit goes to another Connection.
        metrics.connection_dequeued(&namespace, &name);
        workers.cancel(&namespace, &name);
        return Ok(Action::await_change());
    }
    let Some(permit) = workers.try_acquire(&namespace, &name) else {
        // The grant of a permit requeues the Connection, so no delay is needed.
        return Ok(Action::await_change());
    };
    metrics.reconcile_started(&namespace, &name);
    // A task of its own, so that a cancellation does not lose a token between exchange and write.
    let span = tracing::info_span!(
        "reconcile",
        "k8s.namespace.name" = namespace,
        "connection.name" = name,
        result = Empty,
    );
    let outcome = tokio::spawn(run_steps(context, observed).instrument(span.clone())).await;
    // A panic in one reconciliation is retried and must not end the controller.
    let outcome = outcome.unwrap_or_else(|error| {
        let (namespace, name, panicked) = (&namespace, &name, error.is_panic());
        tracing::error!(namespace, name, panicked, "reconciliation aborted, retrying");
        if panicked {
            metrics.reconcile_panicked();
        }
        ReconcileOutcome::Error
    });
    span.record("result", outcome.result().as_str());
    metrics.reconcile_finished((&namespace, &name), outcome.result(), outcome.requeue_after());
    // After the metrics, so that this reconciliation is finished before another starts.
    drop(permit);
    Ok(outcome.requeue_after().map_or_else(Action::await_change, Action::requeue))
}

/// Returns false until the Secrets of the namespace are known and this replica leads; both requeue the
/// Connection.
fn should_reconcile(context: &Context, observed: &ObservedConnection) -> bool {
    let enrollment = context.enrollment.as_ref();
    let access = enrollment.map(|enrollment| enrollment.access(&observed.namespace));
    // Before the first list every Secret would look missing.
    if access == Some(SecretAccess::Pending) {
        return false;
    }
    match context.leadership.term() {
        Some(term) => {
            context.states.begin(&observed.uid, term);
            true
        }
        None => has_unsaved_grant(context, observed),
    }
}

#[derive(Clone, Copy, Debug)]
enum ReconcileOutcome {
    AwaitChange,
    RequeueAfter(Duration),
    /// The steps did not converge, or the status could not be written.
    Error,
}

impl ReconcileOutcome {
    fn requeue_after(self) -> Option<Duration> {
        match self {
            Self::AwaitChange => None,
            Self::RequeueAfter(time) => Some(time),
            Self::Error => Some(RETRY_DELAY),
        }
    }

    fn result(self) -> ReconcileResult {
        match self {
            Self::AwaitChange => ReconcileResult::Success,
            Self::RequeueAfter(_) => ReconcileResult::RequeueAfter,
            Self::Error => ReconcileResult::Error,
        }
    }
}

async fn run_steps(context: Arc<Context>, observed: ObservedConnection) -> ReconcileOutcome {
    let mut requested = false;
    for _ in 0..MAX_STEPS {
        // Taken for each step, because a step may wait long for the provider.
        let now = clock::now();
        let observation = observe(&context, &observed, now);
        let step = plan::next(&observation.facts, now);
        // Leadership may end during a step, so it is checked before each one.
        if !context.leadership.leads() {
            return reconcile_as_standby(&context, &observed, &observation, step).await;
        }
        match step {
            Step::Wait(next) => return report(&context, &observed, &observation, next, now).await,
            // A token that is due again at once is reported before the next request. A token that
            // does not satisfy the plan is requested again after a backoff.
            step if step.requests_token() && requested && observation.facts.is_due(now) => {
                return report(&context, &observed, &observation, Requeue::At(now), now).await;
            }
            step if step.requests_token() && requested => {
                steps::back_off_unstable_output(&context, &observed, &observation);
            }
            step => {
                requested |= step.requests_token();
                // A failure is recorded in the state, and the next plan takes it into account.
                let result = steps::run_step(&context, &observed, &observation, step).await;
                // The watch reports the changed Connection.
                if matches!(step, Step::UpdateFinalizer | Step::RemoveFinalizer | Step::RevokeGrant)
                    && result.is_ok()
                {
                    return ReconcileOutcome::AwaitChange;
                }
            }
        }
    }
    let (namespace, name) = (&observed.namespace, &observed.name);
    tracing::error!(namespace, name, "reconciliation did not converge, retrying");
    ReconcileOutcome::Error
}

/// Saves a pending grant, because its refresh token may be the only valid one. That is all that a
/// standby does. Compare-and-swap and the serial of the grant protect the writes of the leader.
async fn reconcile_as_standby(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> ReconcileOutcome {
    if step == Step::SaveGrant {
        // An unsaved grant shows below whether the step failed.
        let _ = steps::run_step(context, observed, observation, step).await;
    }
    if has_unsaved_grant(context, observed) {
        ReconcileOutcome::Error
    } else {
        ReconcileOutcome::AwaitChange
    }
}

fn has_unsaved_grant(context: &Context, observed: &ObservedConnection) -> bool {
    context.states.with(&observed.uid, |state| state.pending_grant.is_some())
}

async fn report(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    next: Requeue,
    now: Timestamp,
) -> ReconcileOutcome {
    let Err(error) = status::report(context, observed, observation, now).await else {
        return requeue(next, now);
    };
    let (namespace, name) = (&observed.namespace, &observed.name);
    tracing::warn!(namespace, name, %error, "failed to write the status, retrying");
    ReconcileOutcome::Error
}

fn requeue(next: Requeue, now: Timestamp) -> ReconcileOutcome {
    match next {
        Requeue::OnChange => ReconcileOutcome::AwaitChange,
        Requeue::At(time) => {
            // A time in the past does not convert, and is due now.
            let delay = Duration::try_from(time.duration_since(now)).unwrap_or_default();
            ReconcileOutcome::RequeueAfter(delay.max(Duration::from_millis(1)))
        }
    }
}
