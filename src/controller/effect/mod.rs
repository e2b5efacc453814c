//! Performs a step. What fails is remembered as a failure; nothing is returned, since the facts are
//! observed again. Knows the way to the provider and to Secrets; decides nothing.

mod acquire;
mod discover;
mod read;
mod way;
mod write;

use crate::clock;
use crate::connection::fault::{Fault, Retry};
use crate::connection::plan::Step;
use crate::connection::reason::Reason;
use crate::controller::context::Context;
use crate::controller::memory::LastFailure;
use crate::observation::observe::Observation;
use crate::observation::subject::Subject;

/// Performs a step.
pub async fn perform(context: &Context, subject: &Subject, observation: &Observation, step: Step) {
    let Some(desired) = observation.desired.clone() else { return };
    let outcome = match step {
        Step::Acquire => acquire::acquire(context, subject, observation, &desired).await,
        Step::Dress => write::dress(context, subject, observation, &desired).await,
        Step::Read => read::compare(context, subject, observation, &desired).await,
        Step::Rest(_) => Ok(()),
        Step::Write => write::unwritten(context, subject, observation, &desired).await,
    };
    match outcome {
        Ok(()) => context.memory.with(&subject.uid, |memo| memo.failure = None),
        // It is the next leader's to do, or ours when we lead again.
        Err(fault) if !context.leadership.leads() => {
            let (namespace, name, cause) = (&subject.namespace, &subject.name, fault.message);
            tracing::info!(
                namespace,
                name,
                cause,
                "a step was left, since this process does not lead"
            );
        }
        Err(fault) => remember(context, subject, observation, fault),
    }
}

/// Puts off the next token request, since the last one changed nothing.
pub fn give_up(context: &Context, subject: &Subject, observation: &Observation) {
    let message = "the token Secret does not stay as it was written, or its inputs change all the time: look for a webhook or a controller that changes it";
    remember(context, subject, observation, Fault::soon(Reason::StorageFailed, message));
}

fn remember(context: &Context, subject: &Subject, observation: &Observation, fault: Fault) {
    let now = clock::now();
    let (window, seed, basis) = (observation.window, &subject.uid, observation.basis);
    let attempt = context.memory.with(seed, |memo| {
        let last = memo.failure.as_ref().filter(|last| last.basis == basis);
        last.map_or(1, |last| last.attempt.saturating_add(1))
    });
    let soon = window.retry(attempt, seed, now);
    let retry_at = match fault.retry {
        Retry::NotBefore(time) => Some(time.max(soon)),
        Retry::OnChange => None,
        Retry::Seldom => Some(window.retry_seldom(attempt, seed, now)),
        Retry::Soon => Some(soon),
    };
    tracing::warn!(
        namespace = subject.namespace,
        name = subject.name,
        reason = fault.reason.as_str(),
        cause = fault.message,
        attempt,
        retry_at = retry_at.map(tracing::field::display),
        "a step failed"
    );
    let failure = LastFailure { fault, attempt, retry_at, basis };
    context.memory.with(seed, |memo| memo.failure = Some(Box::new(failure)));
}
