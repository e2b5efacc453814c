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
    pub fn is_beside(self) -> bool {
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
        _ if facts.unsaved => tried(facts, now, Step::SaveGrant),
        // A token that was received is written down before anything else.
        Activity::Active | Activity::Suspended if facts.unwritten => {
            tried(facts, now, Step::WriteToken)
        }
        Activity::Active => active(facts, now),
        Activity::Suspended if facts.finalizer == FinalizerState::NeedsUpdate => {
            tried(facts, now, Step::UpdateFinalizer)
        }
        Activity::Suspended => idle(facts, now),
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
    match tried(facts, now, Step::RevokeGrant) {
        Step::Wait(Requeue::At(time)) => Step::Wait(Requeue::At(time.min(until))),
        Step::Wait(Requeue::OnChange) => Step::Wait(Requeue::At(until)),
        step => step,
    }
}

/// What can be done first; else the soonest of the times at which something can.
fn active(facts: &Facts, now: Timestamp) -> Step {
    let before = beside(facts).map(|step| tried(facts, now, step));
    let after = undiscovered(facts).map(|step| tried(facts, now, step));
    let begun = facts.consent.as_ref().and_then(|one| one.begun_until(now));
    let begun = Step::Wait(begun.map_or(Requeue::OnChange, Requeue::At));
    let all = before.into_iter().chain([renewed(facts, now)]).chain(after);
    all.fold(begun, |first, next| match first {
        Step::Wait(wake) => sooner(next, wake),
        step => step,
    })
}

fn can_be_done(facts: &Facts) -> bool {
    let unknown = matches!(facts.inputs, InputState::Inaccessible(_));
    !unknown && facts.spec == SpecState::Valid && facts.held != TokenSecretState::NotOwned
}

/// What comes before a token is renewed.
fn beside(facts: &Facts) -> Option<Step> {
    if facts.finalizer == FinalizerState::NeedsUpdate {
        return Some(Step::UpdateFinalizer);
    }
    facts.consent.as_ref().filter(|_| can_be_done(facts)).and_then(consented)
}

/// Whoever wants to authorize, also again, must know where to.
fn undiscovered(facts: &Facts) -> Option<Step> {
    let ready = can_be_done(facts) && !matches!(facts.inputs, InputState::Unusable(_));
    let unknown = facts
        .consent
        .as_ref()
        .is_some_and(|one| !one.way_known && one.grant != GrantState::NotOwned);
    (ready && unknown).then_some(Step::DiscoverAuthorizationEndpoint)
}

fn renewed(facts: &Facts, now: Timestamp) -> Step {
    if !can_be_done(facts) {
        return idle(facts, now);
    }
    let held = match &facts.held {
        TokenSecretState::Present(token) => Some(token),
        TokenSecretState::NotOwned | TokenSecretState::Absent => None,
    };
    let asked = facts.renewal == RenewalState::Requested;
    let due = held.is_none_or(|token| token.fit == TokenMatch::Outdated || token.due <= now);
    match &facts.inputs {
        InputState::Unusable(_) | InputState::Inaccessible(_) => idle(facts, now),
        InputState::VersionChanged if !(asked || due) => tried(facts, now, Step::CompareInputs),
        InputState::Changed => acquire(facts, now),
        _ if asked || due => acquire(facts, now),
        _ => match held {
            Some(token) if token.fit == TokenMatch::MetadataOutdated => {
                tried(facts, now, Step::ApplySecretMetadata)
            }
            Some(token) => Step::Wait(Requeue::At(token.due)),
            None => idle(facts, now),
        },
    }
}

/// What the consent asks for before anything else is done.
fn consented(consent: &GrantFacts) -> Option<Step> {
    match consent.handed_over {
        Some(HandedOver::AuthorizationResponse) => Some(Step::ExchangeCode),
        Some(HandedOver::AuthorizationRequest) => Some(Step::PushAuthorizationRequest),
        None if consent.unpublished => Some(Step::PublishToken),
        None if !consent.owned_right => Some(Step::UpdateGrantOwner),
        None => None,
    }
}

/// A token is needed; where a person must give consent first, there is nothing to do.
fn acquire(facts: &Facts, now: Timestamp) -> Step {
    let Some(consent) = &facts.consent else { return tried(facts, now, Step::RequestToken) };
    match consent.grant {
        GrantState::Active => tried(facts, now, Step::RequestToken),
        GrantState::Claimed(until) => Step::Wait(Requeue::At(earlier(facts, now, until))),
        GrantState::NotOwned => idle(facts, now),
        _ if consent.import => tried(facts, now, Step::ImportRefreshToken),
        _ => idle(facts, now),
    }
}

/// A step that failed is tried again when its time has come.
fn tried(facts: &Facts, now: Timestamp, step: Step) -> Step {
    let failure = if step.is_beside() { &facts.failure_beside } else { &facts.failure };
    match failure {
        None => step,
        Some(failure) => match failure.retry_at {
            Some(time) if time <= now => step,
            Some(time) => Step::Wait(Requeue::At(earlier(facts, now, time))),
            None => idle(facts, now),
        },
    }
}

/// Nothing can be done; the report still changes when the token expires, or when a begun
/// authorization can no longer be finished.
fn idle(facts: &Facts, now: Timestamp) -> Step {
    let expiry = facts.usable(now).map(|token| token.life.expires_at);
    let begun = facts.consent.as_ref().and_then(|one| one.begun_until(now));
    Step::Wait(expiry.into_iter().chain(begun).min().map_or(Requeue::OnChange, Requeue::At))
}

/// A step, or the earlier of two times to look again.
fn sooner(step: Step, wake: Requeue) -> Step {
    match (step, wake) {
        (Step::Wait(Requeue::At(one)), Requeue::At(other)) => {
            Step::Wait(Requeue::At(one.min(other)))
        }
        (Step::Wait(Requeue::OnChange), wake) => Step::Wait(wake),
        (step, _) => step,
    }
}

fn earlier(facts: &Facts, now: Timestamp, time: Timestamp) -> Timestamp {
    facts.usable(now).map_or(time, |token| token.life.expires_at.min(time))
}

#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod tests;
