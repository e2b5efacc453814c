//! Performs a step, and records its failure until the step is retried. Uses the provider and the
//! API server; the plan decides which step.

mod acquire;
mod consent;
mod inputs;
mod provider_session;
mod write;

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;
use tracing::field::Empty;

use crate::controller::context::Context;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_core::clock;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::{ConnectionError, Retry};
use connection_core::connection::failure_record::FailureRecord;
use connection_core::connection::plan::Step;
use connection_core::connection::reason::Reason;

/// Performs a step and records its failure, which the plan then takes into account.
///
/// # Errors
///
/// Returns the step's error, also if this replica lost leadership and so does not record it.
pub(super) async fn run_step(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> Result<(), ConnectionError> {
    let span = tracing::info_span!("step", ?step, reason = Empty, "otel.status_code" = Empty);
    // Boxed, because the futures of all steps are large.
    let attempt = Box::pin(attempt(context, observed, observation, step)).instrument(span.clone());
    let Some(result) = attempt.await else { return Ok(()) };
    match &result {
        // Only failures of the same kind: a side step says nothing about tokens.
        Ok(()) => context.states.with(&observed.uid, |state| *state.last_failure(step) = None),
        Err(error) => {
            span.record("reason", error.reason.as_str());
            span.record("otel.status_code", "ERROR");
            // The next leader performs the step, or this replica once it leads again.
            if context.leadership.leads() {
                record_failure(context, observed, observation, step, error.clone());
            } else {
                let (namespace, name, cause) =
                    (&observed.namespace, &observed.name, &error.message);
                tracing::info!(namespace, name, cause, "step abandoned: not leader");
            }
        }
    }
    result
}

/// Performs a step; none if there is nothing to perform.
async fn attempt(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> Option<Result<(), ConnectionError>> {
    Some(match (step, &observation.desired) {
        // These do not depend on the spec, which may be invalid.
        (Step::UpdateFinalizer, _) => consent::update_finalizer(context, observed).await,
        (Step::RemoveFinalizer, _) => {
            consent::release_unrevoked(context, observed, observation).await
        }
        (Step::SaveGrant, _) => consent::save(context, observed, None).await,
        (Step::Wait(_), _) | (_, None) => return None,
        (step, Some(desired)) => {
            StepContext { context, observed, observation, desired }.run_step(step).await
        }
    })
}

/// The context of a step that depends on the spec.
#[derive(Clone, Copy)]
struct StepContext<'a> {
    context: &'a Context,
    observed: &'a ObservedConnection,
    observation: &'a Observation,
    desired: &'a Arc<Desired>,
}

impl StepContext<'_> {
    async fn run_step(self, step: Step) -> Result<(), ConnectionError> {
        match step {
            Step::RequestToken => acquire::acquire(self).await,
            Step::RefreshGrant => consent::refresh(self).await,
            Step::DiscoverAuthorizationEndpoint => consent::discover(self).await,
            Step::ApplySecretMetadata => write::apply_secret_metadata(self).await,
            Step::ImportRefreshToken => consent::import(self).await,
            Step::UpdateGrantOwner => consent::update_grant_owner(self).await,
            Step::PublishToken => consent::publish(self).await,
            Step::PushAuthorizationRequest => consent::push_authorization_request(self).await,
            Step::CompareInputs => inputs::compare(self).await,
            Step::ExchangeCode => consent::exchange_code(self).await,
            Step::RevokeGrant => consent::revoke(self).await,
            Step::WriteToken => write::write_token(self).await,
            // `attempt` handles these, because they do not need a valid spec.
            Step::UpdateFinalizer | Step::RemoveFinalizer | Step::Wait(_) | Step::SaveGrant => {
                Ok(())
            }
        }
    }

    /// Returns the longest time to wait for one response.
    fn deadline(self) -> Duration {
        Duration::try_from(self.observation.window.deadline()).unwrap_or_default()
    }

    /// Checks leadership again: the step may have awaited for long since the last check, and a
    /// process may be paused at any point.
    fn ensure_leader(self) -> Result<(), ConnectionError> {
        if self.context.leadership.leads() {
            return Ok(());
        }
        let message = "this replica is no longer the leader: the new leader continues";
        Err(ConnectionError::transient(Reason::KubernetesAPIError, message))
    }
}

/// Delays the next token request, since the last one changed nothing.
pub(super) fn back_off_unstable_output(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
) {
    let message = "the token Secret or its inputs change after each write: look for a webhook or a controller that changes them";
    let error = ConnectionError::transient(Reason::KubernetesAPIError, message);
    // As a failure of the token request, so that the plan backs off from it.
    record_failure(context, observed, observation, Step::RequestToken, error);
}

fn record_failure(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    step: Step,
    error: ConnectionError,
) {
    let now = clock::now();
    let (window, seed, basis) = (observation.window, &observed.uid, observation.basis);
    let attempt = context.states.with(seed, |state| {
        // A failure with another basis does not count as an attempt of this one.
        let last = state.last_failure(step).as_ref().filter(|last| last.applies_to(basis));
        last.map_or(1, |last| last.attempts.saturating_add(1))
    });
    let soon = window.retry(attempt, seed, now);
    let retry_at = match error.retry {
        // The server's time must not shorten the backoff.
        Retry::NotBefore(time) => Some(time.max(soon)),
        Retry::OnChange => None,
        Retry::SlowBackoff => Some(window.retry_slowly(attempt, seed, now)),
        Retry::Backoff => Some(soon),
    };
    tracing::warn!(
        namespace = observed.namespace,
        name = observed.name,
        reason = error.reason.as_str(),
        cause = error.message,
        attempt,
        retry_at = retry_at.map(tracing::field::display),
        "step failed"
    );
    let failure = FailureRecord { error, attempts: attempt, retry_at, basis: Some(basis) };
    context.states.with(seed, |state| *state.last_failure(step) = Some(Box::new(failure)));
}
