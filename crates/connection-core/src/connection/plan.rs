//! Decides the single next step from facts alone.

use jiff::Timestamp;

use crate::connection::facts::{
    Activity, Facts, FinalizerState, InputState, RenewalState, SpecState, TokenMatch,
    TokenSecretState,
};
use crate::connection::grant_state::{GrantFacts, GrantState, HandedOver};

/// One effect; it is performed, the facts are observed again, and the next step is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Request a token and write it down.
    RequestToken,
    /// Find out where to send the person to.
    DiscoverAuthorizationEndpoint,
    /// Dress the token Secret anew: labels, annotations, owner.
    ApplySecretMetadata,
    /// Set or remove the Connection's finalizer.
    UpdateFinalizer,
    /// Make a grant of the refresh token that one has already.
    ImportRefreshToken,
    /// Set or remove the owner of the grant Secret.
    UpdateGrantOwner,
    /// Write the token that the grant Secret holds into the token Secret.
    PublishToken,
    /// Push the authorization request that was handed over.
    PushAuthorizationRequest,
    /// Read the Secrets that a request uses and compare them with what the token was made from.
    CompareInputs,
    /// Exchange the code that was handed over for a grant.
    ExchangeCode,
    /// Let a Connection go whose grant could not be revoked.
    RemoveFinalizer,
    /// Nothing to do for now.
    Wait(Requeue),
    /// Revoke the grant at the provider, and let the Connection go.
    RevokeGrant,
    /// Write what was received into the grant Secret.
    SaveGrant,
    /// Write down a token that was received.
    WriteToken,
}

impl Step {
    /// Whether it is no part of the way to a token: while it waits to be tried again, tokens are
    /// renewed all the same.
    #[must_use]
    pub fn is_side_step(self) -> bool {
        matches!(
            self,
            Self::DiscoverAuthorizationEndpoint
                | Self::UpdateFinalizer
                | Self::UpdateGrantOwner
                | Self::PublishToken
                | Self::PushAuthorizationRequest
                | Self::ExchangeCode
        )
    }
}

/// When to look again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requeue {
    /// At a time, or at a change before it.
    At(Timestamp),
    /// At a change.
    OnChange,
}

/// Returns the next step.
#[must_use]
pub fn next(facts: &Facts, now: Timestamp) -> Step {
    let consent = facts.consent.as_ref();
    match facts.activity {
        // A refresh token that was received is written down before anything else, whatever happens
        // to its Connection.
        _ if facts.unsaved => after_backoff(facts, now, Step::SaveGrant),
        // A token that was received is written down before anything else.
        Activity::Active | Activity::Suspended if facts.unwritten => {
            after_backoff(facts, now, Step::WriteToken)
        }
        Activity::Active => active(facts, now),
        Activity::Suspended if facts.finalizer == FinalizerState::NeedsUpdate => {
            after_backoff(facts, now, Step::UpdateFinalizer)
        }
        Activity::Suspended => wait_for_change(facts, now),
        Activity::Deleting => match (facts.finalizer, consent) {
            (FinalizerState::RevocationPending(until), Some(_)) if now < until => {
                revoke(facts, now, until)
            }
            (FinalizerState::RevocationPending(_), _) => Step::RemoveFinalizer,
            _ => Step::Wait(Requeue::OnChange),
        },
    }
}

/// A grant is revoked, for a while.
fn revoke(facts: &Facts, now: Timestamp, until: Timestamp) -> Step {
    match after_backoff(facts, now, Step::RevokeGrant) {
        Step::Wait(Requeue::At(time)) => Step::Wait(Requeue::At(time.min(until))),
        Step::Wait(Requeue::OnChange) => Step::Wait(Requeue::At(until)),
        step => step,
    }
}

/// What can be done first; else the soonest of the times at which something can.
fn active(facts: &Facts, now: Timestamp) -> Step {
    let before = side_step(facts).map(|step| after_backoff(facts, now, step));
    let after = discovery_step(facts).map(|step| after_backoff(facts, now, step));
    let begun = facts.consent.as_ref().and_then(|one| one.authorization_deadline(now));
    let begun = Step::Wait(begun.map_or(Requeue::OnChange, Requeue::At));
    let all = before.into_iter().chain([renewed(facts, now)]).chain(after);
    all.fold(begun, |first, next| match first {
        Step::Wait(wake) => earliest(next, wake),
        step => step,
    })
}

fn is_actionable(facts: &Facts) -> bool {
    let unknown = matches!(facts.inputs, InputState::Inaccessible(_));
    !unknown && facts.spec == SpecState::Valid && facts.held != TokenSecretState::NotOwned
}

/// What comes before a token is renewed.
fn side_step(facts: &Facts) -> Option<Step> {
    if facts.finalizer == FinalizerState::NeedsUpdate {
        return Some(Step::UpdateFinalizer);
    }
    facts.consent.as_ref().filter(|_| is_actionable(facts)).and_then(consented)
}

/// Whoever wants to authorize, also again, must know where to.
fn discovery_step(facts: &Facts) -> Option<Step> {
    let ready = is_actionable(facts) && !matches!(facts.inputs, InputState::Unusable(_));
    let unknown = facts
        .consent
        .as_ref()
        .is_some_and(|one| !one.endpoint_known && one.grant != GrantState::NotOwned);
    (ready && unknown).then_some(Step::DiscoverAuthorizationEndpoint)
}

fn renewed(facts: &Facts, now: Timestamp) -> Step {
    if !is_actionable(facts) {
        return wait_for_change(facts, now);
    }
    let held = match &facts.held {
        TokenSecretState::Present(token) => Some(token),
        TokenSecretState::NotOwned | TokenSecretState::Absent => None,
    };
    let asked = facts.renewal == RenewalState::Requested;
    let due = held.is_none_or(|token| token.fit == TokenMatch::Outdated || token.due <= now);
    match &facts.inputs {
        InputState::Unusable(_) | InputState::Inaccessible(_) => wait_for_change(facts, now),
        InputState::VersionChanged if !(asked || due) => {
            after_backoff(facts, now, Step::CompareInputs)
        }
        InputState::Changed => acquire(facts, now),
        _ if asked || due => acquire(facts, now),
        _ => match held {
            Some(token) if token.fit == TokenMatch::MetadataOutdated => {
                after_backoff(facts, now, Step::ApplySecretMetadata)
            }
            Some(token) => Step::Wait(Requeue::At(token.due)),
            None => wait_for_change(facts, now),
        },
    }
}

/// What the consent asks for before anything else is done.
fn consented(consent: &GrantFacts) -> Option<Step> {
    match consent.handoff {
        Some(HandedOver::AuthorizationResponse) => Some(Step::ExchangeCode),
        Some(HandedOver::AuthorizationRequest) => Some(Step::PushAuthorizationRequest),
        None if consent.unpublished => Some(Step::PublishToken),
        None if !consent.owner_matches => Some(Step::UpdateGrantOwner),
        None => None,
    }
}

/// A token is needed; where consent is required first, there is nothing to do.
fn acquire(facts: &Facts, now: Timestamp) -> Step {
    let Some(consent) = &facts.consent else {
        return after_backoff(facts, now, Step::RequestToken);
    };
    match consent.grant {
        GrantState::Active => after_backoff(facts, now, Step::RequestToken),
        GrantState::Claimed(until) => Step::Wait(Requeue::At(earlier(facts, now, until))),
        GrantState::NotOwned => wait_for_change(facts, now),
        _ if consent.import => after_backoff(facts, now, Step::ImportRefreshToken),
        _ => wait_for_change(facts, now),
    }
}

/// A step that failed is tried again when its time has come.
fn after_backoff(facts: &Facts, now: Timestamp, step: Step) -> Step {
    let failure = if step.is_side_step() { &facts.side_failure } else { &facts.failure };
    match failure {
        None => step,
        Some(failure) => match failure.retry_at {
            Some(time) if time <= now => step,
            Some(time) => Step::Wait(Requeue::At(earlier(facts, now, time))),
            None => wait_for_change(facts, now),
        },
    }
}

/// Nothing can be done; the report still changes when the token expires, or when a begun
/// authorization can no longer be finished.
fn wait_for_change(facts: &Facts, now: Timestamp) -> Step {
    let expiry = facts.valid_token(now).map(|token| token.life.expires_at);
    let begun = facts.consent.as_ref().and_then(|one| one.authorization_deadline(now));
    Step::Wait(expiry.into_iter().chain(begun).min().map_or(Requeue::OnChange, Requeue::At))
}

/// A step, or the earlier of two times to look again.
fn earliest(step: Step, wake: Requeue) -> Step {
    match (step, wake) {
        (Step::Wait(Requeue::At(one)), Requeue::At(other)) => {
            Step::Wait(Requeue::At(one.min(other)))
        }
        (Step::Wait(Requeue::OnChange), wake) => Step::Wait(wake),
        (step, _) => step,
    }
}

fn earlier(facts: &Facts, now: Timestamp, time: Timestamp) -> Timestamp {
    facts.valid_token(now).map_or(time, |token| token.life.expires_at.min(time))
}

#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod tests;
