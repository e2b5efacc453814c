//! One Connection: observe, plan, apply until there is nothing left to do, then report.

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

/// More steps than any Connection needs: the plan settles in four.
const MOST_STEPS: u32 = 8;

/// The rest after the plan did not settle, or the status could not be written.
const PAUSE: Duration = Duration::from_secs(5);

/// Brings a Connection to rest, if it is its turn; else it is woken when it is.
///
/// # Errors
///
/// Never: what fails is remembered, reported and tried again.
pub(super) async fn reconcile(
    connection: Arc<Connection>,
    context: Arc<Context>,
    workers: Arc<WorkerPool>,
) -> Result<Action, Infallible> {
    let metrics = Arc::clone(&context.metrics);
    let subject = ObservedConnection::new(connection);
    let (namespace, name) = (subject.namespace.clone(), subject.name.clone());
    if !should_reconcile(&context, &subject) {
        metrics.gone(&namespace, &name);
        workers.cancel(&namespace, &name);
        return Ok(Action::await_change());
    }
    let Some(turn) = workers.try_acquire(&namespace, &name) else {
        return Ok(Action::await_change());
    };
    metrics.reconciling(&namespace, &name);
    // Exchange and write are one task: what cancels this reconciliation does not split them.
    let span = tracing::info_span!(
        "reconcile",
        "k8s.namespace.name" = namespace,
        "connection.name" = name,
        result = Empty,
    );
    let settled = tokio::spawn(run_steps(context, subject).instrument(span.clone())).await;
    let end = settled.unwrap_or_else(|error| {
        let (namespace, name, panicked) = (&namespace, &name, error.is_panic());
        tracing::error!(
            namespace,
            name,
            panicked,
            "a reconciliation ended early; it is tried again"
        );
        if panicked {
            metrics.panicked();
        }
        ReconcileOutcome::Error
    });
    span.record("result", end.result().as_str());
    metrics.reconciled((&namespace, &name), end.result(), end.requeue_after());
    drop(turn);
    Ok(end.requeue_after().map_or_else(Action::await_change, Action::requeue))
}

/// Whether there is anything to be done now; whoever makes it so wakes the Connection.
fn should_reconcile(context: &Context, subject: &ObservedConnection) -> bool {
    let namespace = context.enrolment.as_ref().map(|one| one.knowledge(&subject.namespace));
    if namespace == Some(SecretAccess::Pending) {
        return false;
    }
    match context.leadership.term() {
        Some(term) => {
            context.memory.begin(&subject.uid, term);
            true
        }
        None => has_unsaved_grant(context, subject),
    }
}

/// How a reconciliation ended.
#[derive(Clone, Copy, Debug)]
enum ReconcileOutcome {
    /// At rest until a change.
    AwaitChange,
    /// At rest for this long.
    RequeueAfter(Duration),
    /// Not at rest, or not reported.
    Error,
}

impl ReconcileOutcome {
    fn requeue_after(self) -> Option<Duration> {
        match self {
            Self::AwaitChange => None,
            Self::RequeueAfter(time) => Some(time),
            Self::Error => Some(PAUSE),
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

async fn run_steps(context: Arc<Context>, subject: ObservedConnection) -> ReconcileOutcome {
    let mut acquired = false;
    for _ in 0..MOST_STEPS {
        let now = clock::now();
        let observation = observe(&context, &subject, now);
        let step = plan::next(&observation.facts, now);
        if !context.leadership.leads() {
            return reconcile_as_standby(&context, &subject, &observation, step).await;
        }
        match step {
            Step::Wait(wake) => return report(&context, &subject, &observation, wake, now).await,
            // A token that is not good enough as soon as it is there would be requested without end.
            // One that is due again already is told of before the next.
            step if step.requests_token() && acquired && observation.facts.is_due(now) => {
                return report(&context, &subject, &observation, Requeue::At(now), now).await;
            }
            step if step.requests_token() && acquired => {
                steps::back_off_unstable_output(&context, &subject, &observation);
            }
            step => {
                acquired |= step.requests_token();
                let result = steps::run_step(&context, &subject, &observation, step).await;
                // The watch reports the changed Connection.
                if matches!(step, Step::UpdateFinalizer | Step::RemoveFinalizer | Step::RevokeGrant)
                    && result.is_ok()
                {
                    return ReconcileOutcome::AwaitChange;
                }
            }
        }
    }
    let (namespace, name) = (&subject.namespace, &subject.name);
    tracing::error!(namespace, name, "the Connection does not come to rest; it is tried again");
    ReconcileOutcome::Error
}

/// All that a process does that does not lead: it saves an answer that it alone has, since the refresh
/// token in it may be the only one that the provider still accepts. Compare-and-swap and the grant's serial
/// keep it from undoing what a leader did.
async fn reconcile_as_standby(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> ReconcileOutcome {
    if step == Step::SaveGrant {
        // An unsaved grant shows below whether the step failed.
        let _ = steps::run_step(context, subject, observation, step).await;
    }
    if has_unsaved_grant(context, subject) {
        ReconcileOutcome::Error
    } else {
        ReconcileOutcome::AwaitChange
    }
}

fn has_unsaved_grant(context: &Context, subject: &ObservedConnection) -> bool {
    context.memory.with(&subject.uid, |memo| memo.unsaved.is_some())
}

async fn report(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    wake: Requeue,
    now: Timestamp,
) -> ReconcileOutcome {
    let Err(error) = status::report(context, subject, observation, now).await else {
        return requeue(wake, now);
    };
    let (namespace, name) = (&subject.namespace, &subject.name);
    tracing::warn!(namespace, name, %error, "failed to write the status, retrying");
    ReconcileOutcome::Error
}

fn requeue(wake: Requeue, now: Timestamp) -> ReconcileOutcome {
    match wake {
        Requeue::OnChange => ReconcileOutcome::AwaitChange,
        Requeue::At(time) => {
            let delay = Duration::try_from(time.duration_since(now)).unwrap_or_default();
            ReconcileOutcome::RequeueAfter(delay.max(Duration::from_millis(1)))
        }
    }
}
