//! Performs a step, and records its failure until the step is retried. Knows the way to the provider and to Secrets; decides nothing.

mod acquire;
mod consent;
mod discover;
mod egress;
mod exchange;
mod read;
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
    subject: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> Result<(), ConnectionError> {
    let span = tracing::info_span!("step", ?step, reason = Empty, "otel.status_code" = Empty);
    let attempt = attempt(context, subject, observation, step).instrument(span.clone());
    let Some(result) = attempt.await else { return Ok(()) };
    match &result {
        Ok(()) => context.memory.with(&subject.uid, |memo| *memo.last_failure(step) = None),
        Err(error) => {
            span.record("reason", error.reason.as_str());
            span.record("otel.status_code", "ERROR");
            // The next leader performs the step, or this replica once it leads again.
            if context.leadership.leads() {
                record_failure(context, subject, observation, (step, error.clone()));
            } else {
                let (namespace, name, cause) = (&subject.namespace, &subject.name, &error.message);
                tracing::info!(namespace, name, cause, "step abandoned: not leader");
            }
        }
    }
    result
}

/// Performs a step, where there is something to perform.
async fn attempt(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    step: Step,
) -> Option<Result<(), ConnectionError>> {
    Some(match (step, &observation.desired) {
        // These depend on no spec, which may be one that cannot be done.
        (Step::UpdateFinalizer, _) => consent::finalize(context, subject).await,
        (Step::RemoveFinalizer, _) => {
            consent::release_unrevoked(context, subject, observation).await
        }
        (Step::SaveGrant, _) => consent::save(context, subject, None).await,
        (Step::Wait(_), _) | (_, None) => return None,
        (step, Some(desired)) => {
            let around = StepContext { context, subject, observation, desired };
            around.run_step(step).await
        }
    })
}

/// What a step is performed with.
#[derive(Clone, Copy)]
struct StepContext<'a> {
    context: &'a Context,
    subject: &'a ObservedConnection,
    observation: &'a Observation,
    desired: &'a Arc<Desired>,
}

impl StepContext<'_> {
    async fn run_step(self, step: Step) -> Result<(), ConnectionError> {
        let Self { context, subject, observation, desired } = self;
        match step {
            Step::RequestToken => acquire::acquire(context, subject, observation, desired).await,
            Step::RefreshGrant => consent::refresh(self).await,
            Step::DiscoverAuthorizationEndpoint => consent::discover(self).await,
            Step::ApplySecretMetadata => {
                write::apply_secret_metadata(context, subject, observation, desired).await
            }
            Step::ImportRefreshToken => consent::import(self).await,
            Step::UpdateGrantOwner => consent::update_grant_owner(self).await,
            Step::PublishToken => consent::publish(self).await,
            Step::PushAuthorizationRequest => consent::push_authorization_request(self).await,
            Step::CompareInputs => read::compare(context, subject, observation, desired).await,
            Step::ExchangeCode => consent::exchange_code(self).await,
            Step::RevokeGrant => consent::revoke(self).await,
            Step::WriteToken => write::unwritten(context, subject, observation, desired).await,
            Step::UpdateFinalizer | Step::RemoveFinalizer | Step::Wait(_) | Step::SaveGrant => {
                Ok(())
            }
        }
    }

    /// The longest time to wait for one answer.
    fn deadline(self) -> Duration {
        Duration::try_from(self.observation.window.deadline()).unwrap_or_default()
    }
}

/// Puts off the next token request, since the last one changed nothing.
pub(super) fn back_off_unstable_output(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
) {
    let message = "the token Secret does not stay as it was written, or its inputs change all the time: look for a webhook or a controller that changes it";
    let fault = ConnectionError::transient(Reason::KubernetesAPIError, message);
    record_failure(context, subject, observation, (Step::RequestToken, fault));
}

fn record_failure(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    (step, fault): (Step, ConnectionError),
) {
    let now = clock::now();
    let (window, seed, basis) = (observation.window, &subject.uid, observation.basis);
    let attempt = context.memory.with(seed, |memo| {
        let last = memo.last_failure(step).as_ref().filter(|last| last.applies_to(basis));
        last.map_or(1, |last| last.attempts.saturating_add(1))
    });
    let soon = window.retry(attempt, seed, now);
    let retry_at = match fault.retry {
        Retry::NotBefore(time) => Some(time.max(soon)),
        Retry::OnChange => None,
        Retry::SlowBackoff => Some(window.retry_slowly(attempt, seed, now)),
        Retry::Backoff => Some(soon),
    };
    tracing::warn!(
        namespace = subject.namespace,
        name = subject.name,
        reason = fault.reason.as_str(),
        cause = fault.message,
        attempt,
        retry_at = retry_at.map(tracing::field::display),
        "step failed"
    );
    let failure = FailureRecord { error: fault, attempts: attempt, retry_at, basis: Some(basis) };
    context.memory.with(seed, |memo| *memo.last_failure(step) = Some(Box::new(failure)));
}
