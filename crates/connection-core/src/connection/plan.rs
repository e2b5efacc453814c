//! Decides the single next step from facts alone.

use jiff::Timestamp;

use crate::connection::facts::{Activity, Facts, Finalizer, Fit, Held, Inputs, Renewal, Spec};
use crate::connection::grant_state::{ConsentFacts, GrantState, HandedOver};

/// One effect; it is performed, the facts are observed again, and the next step is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Request a token and write it down.
    Acquire,
    /// Find out where to send the person to.
    Discover,
    /// Dress the token Secret anew: labels, annotations, owner.
    Dress,
    /// Set or remove the Connection's finalizer.
    Finalize,
    /// Make a grant of the refresh token that one has already.
    Import,
    /// Set or remove the owner of the grant Secret.
    Own,
    /// Write the token that the grant Secret holds into the token Secret.
    Publish,
    /// Push the authorization request that was handed over.
    Push,
    /// Read the Secrets that a request uses and compare them with what the token was made from.
    Read,
    /// Exchange the code that was handed over for a grant.
    Redeem,
    /// Let a Connection go whose grant could not be revoked.
    Release,
    /// Nothing to do for now.
    Rest(Wake),
    /// Revoke the grant at the provider, and let the Connection go.
    Revoke,
    /// Write what was received into the grant Secret.
    Save,
    /// Write down a token that was received.
    Write,
}

impl Step {
    /// Whether it is no part of the way to a token: while it waits to be tried again, tokens are
    /// renewed all the same.
    #[must_use]
    pub fn is_beside(self) -> bool {
        matches!(
            self,
            Self::Discover | Self::Finalize | Self::Own | Self::Publish | Self::Push | Self::Redeem
        )
    }
}

/// When to look again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wake {
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
        _ if facts.unsaved => tried(facts, now, Step::Save),
        // A token that was received is written down before anything else.
        Activity::Active | Activity::Suspended if facts.unwritten => tried(facts, now, Step::Write),
        Activity::Active => active(facts, now),
        Activity::Suspended if facts.finalizer == Finalizer::Wrong => {
            tried(facts, now, Step::Finalize)
        }
        Activity::Suspended => idle(facts, now),
        Activity::Deleting => match (facts.finalizer, consent) {
            (Finalizer::Waits(until), Some(_)) if now < until => revoke(facts, now, until),
            (Finalizer::Waits(_), _) => Step::Release,
            _ => Step::Rest(Wake::OnChange),
        },
    }
}

/// A grant is revoked, for a while.
fn revoke(facts: &Facts, now: Timestamp, until: Timestamp) -> Step {
    match tried(facts, now, Step::Revoke) {
        Step::Rest(Wake::At(time)) => Step::Rest(Wake::At(time.min(until))),
        Step::Rest(Wake::OnChange) => Step::Rest(Wake::At(until)),
        step => step,
    }
}

/// What can be done first; else the soonest of the times at which something can.
fn active(facts: &Facts, now: Timestamp) -> Step {
    let before = beside(facts).map(|step| tried(facts, now, step));
    let after = undiscovered(facts).map(|step| tried(facts, now, step));
    let begun = facts.consent.as_ref().and_then(|one| one.begun_until(now));
    let begun = Step::Rest(begun.map_or(Wake::OnChange, Wake::At));
    let all = before.into_iter().chain([renewed(facts, now)]).chain(after);
    all.fold(begun, |first, next| match first {
        Step::Rest(wake) => sooner(next, wake),
        step => step,
    })
}

fn can_be_done(facts: &Facts) -> bool {
    let unknown = matches!(facts.inputs, Inputs::Unknown(_));
    !unknown && facts.spec == Spec::Valid && facts.held != Held::Foreign
}

/// What comes before a token is renewed.
fn beside(facts: &Facts) -> Option<Step> {
    if facts.finalizer == Finalizer::Wrong {
        return Some(Step::Finalize);
    }
    facts.consent.as_ref().filter(|_| can_be_done(facts)).and_then(consented)
}

/// Whoever wants to authorize, also again, must know where to.
fn undiscovered(facts: &Facts) -> Option<Step> {
    let ready = can_be_done(facts) && !matches!(facts.inputs, Inputs::Faulty(_));
    let unknown = facts
        .consent
        .as_ref()
        .is_some_and(|one| !one.way_known && one.grant != GrantState::Foreign);
    (ready && unknown).then_some(Step::Discover)
}

fn renewed(facts: &Facts, now: Timestamp) -> Step {
    if !can_be_done(facts) {
        return idle(facts, now);
    }
    let held = match &facts.held {
        Held::Token(token) => Some(token),
        Held::Foreign | Held::Nothing => None,
    };
    let asked = facts.renewal == Renewal::Asked;
    let due = held.is_none_or(|token| token.fit == Fit::Stale || token.due <= now);
    match &facts.inputs {
        Inputs::Faulty(_) | Inputs::Unknown(_) => idle(facts, now),
        Inputs::Moved if !(asked || due) => tried(facts, now, Step::Read),
        Inputs::Changed => acquire(facts, now),
        _ if asked || due => acquire(facts, now),
        _ => match held {
            Some(token) if token.fit == Fit::Misdressed => tried(facts, now, Step::Dress),
            Some(token) => Step::Rest(Wake::At(token.due)),
            None => idle(facts, now),
        },
    }
}

/// What the consent asks for before anything else is done.
fn consented(consent: &ConsentFacts) -> Option<Step> {
    match consent.handed_over {
        Some(HandedOver::Answer) => Some(Step::Redeem),
        Some(HandedOver::Request) => Some(Step::Push),
        None if consent.unpublished => Some(Step::Publish),
        None if !consent.owned_right => Some(Step::Own),
        None => None,
    }
}

/// A token is needed; where a person must give consent first, there is nothing to do.
fn acquire(facts: &Facts, now: Timestamp) -> Step {
    let Some(consent) = &facts.consent else { return tried(facts, now, Step::Acquire) };
    match consent.grant {
        GrantState::Alive => tried(facts, now, Step::Acquire),
        GrantState::Claimed(until) => Step::Rest(Wake::At(earlier(facts, now, until))),
        GrantState::Foreign => idle(facts, now),
        _ if consent.import => tried(facts, now, Step::Import),
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
            Some(time) => Step::Rest(Wake::At(earlier(facts, now, time))),
            None => idle(facts, now),
        },
    }
}

/// Nothing can be done; the report still changes when the token expires, or when a begun
/// authorization can no longer be finished.
fn idle(facts: &Facts, now: Timestamp) -> Step {
    let expiry = facts.usable(now).map(|token| token.life.expires_at);
    let begun = facts.consent.as_ref().and_then(|one| one.begun_until(now));
    Step::Rest(expiry.into_iter().chain(begun).min().map_or(Wake::OnChange, Wake::At))
}

/// A step, or the earlier of two times to look again.
fn sooner(step: Step, wake: Wake) -> Step {
    match (step, wake) {
        (Step::Rest(Wake::At(one)), Wake::At(other)) => Step::Rest(Wake::At(one.min(other))),
        (Step::Rest(Wake::OnChange), wake) => Step::Rest(wake),
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
