//! Decides the single next step from facts alone.

use jiff::Timestamp;

use crate::connection::facts::{Activity, Facts, Fit, Held, Inputs, Renewal, Spec};

/// One effect; it is performed, the facts are observed again, and the next step is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Request a token and write it down.
    Acquire,
    /// Dress the token Secret anew: labels, annotations, owner.
    Dress,
    /// Read the Secrets that a request uses and compare them with what the token was made from.
    Read,
    /// Nothing to do for now.
    Rest(Wake),
    /// Write down a token that was received.
    Write,
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
    match facts.activity {
        // A token that was received is written down before anything else.
        Activity::Active | Activity::Suspended if facts.unwritten => tried(facts, now, Step::Write),
        Activity::Active => active(facts, now),
        Activity::Suspended => idle(facts, now),
        Activity::Deleting => Step::Rest(Wake::OnChange),
    }
}

fn active(facts: &Facts, now: Timestamp) -> Step {
    if facts.spec != Spec::Valid || facts.held == Held::Foreign {
        return idle(facts, now);
    }
    let held = match &facts.held {
        Held::Token(token) => Some(token),
        Held::Foreign | Held::Nothing => None,
    };
    let asked = facts.renewal == Renewal::Asked;
    let due = held.is_none_or(|token| token.fit == Fit::Stale || token.due <= now);
    match &facts.inputs {
        Inputs::Faulty(_) => idle(facts, now),
        Inputs::Moved if !(asked || due) => tried(facts, now, Step::Read),
        Inputs::Changed => tried(facts, now, Step::Acquire),
        _ if asked || due => tried(facts, now, Step::Acquire),
        _ => match held {
            Some(token) if token.fit == Fit::Misdressed => tried(facts, now, Step::Dress),
            Some(token) => Step::Rest(Wake::At(token.due)),
            None => idle(facts, now),
        },
    }
}

/// A step that failed is tried again when its time has come.
fn tried(facts: &Facts, now: Timestamp, step: Step) -> Step {
    match &facts.failure {
        None => step,
        Some(failure) => match failure.retry_at {
            Some(time) if time <= now => step,
            Some(time) => Step::Rest(Wake::At(earlier(facts, now, time))),
            None => idle(facts, now),
        },
    }
}

/// Nothing can be done; the report still changes when the token expires.
fn idle(facts: &Facts, now: Timestamp) -> Step {
    Step::Rest(facts.usable(now).map_or(Wake::OnChange, |token| Wake::At(token.life.expires_at)))
}

fn earlier(facts: &Facts, now: Timestamp, time: Timestamp) -> Timestamp {
    facts.usable(now).map_or(time, |token| token.life.expires_at.min(time))
}

#[cfg(test)]
mod tests;
