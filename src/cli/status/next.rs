//! The next step, as the operator plans it, in words.

use jiff::Timestamp;

use crate::cli::status::view::{Next, NextStep, NextTime};
use crate::connection::consent::{ConsentFacts, GrantState};
use crate::connection::facts::{Activity, Facts, Held, Inputs, Renewal, Spec};
use crate::connection::plan::{self, Step, Wake};

/// The step that the operator takes next at `now`, from the facts.
pub fn of(facts: &Facts, now: Timestamp) -> Next {
    match plan::next(facts, now) {
        Step::Acquire => Next {
            step: NextStep::Acquire,
            at: overdue_since(facts).or(Some(now)),
            time: NextTime::Step,
            message: why_now(facts).to_owned(),
        },
        Step::Rest(Wake::At(time)) => resting(facts, time, now),
        Step::Rest(Wake::OnChange) => {
            let (step, message) = waiting(facts);
            Next { step, at: None, time: NextTime::Step, message: message.to_owned() }
        }
        step => {
            let (step, message) = momentary(step);
            Next { step, at: Some(now), time: NextTime::Step, message: message.to_owned() }
        }
    }
}

/// Steps that the operator takes as soon as it sees the facts.
fn momentary(step: Step) -> (NextStep, &'static str) {
    match step {
        Step::Acquire => (NextStep::Acquire, "request a token"),
        Step::Discover => (NextStep::Consent, "find out where to send the person to"),
        Step::Dress => (NextStep::Dress, "write the token Secret in the form that is asked for"),
        Step::Finalize => (NextStep::Consent, "set or remove the finalizer that revoking needs"),
        Step::Import => (NextStep::Consent, "import the refresh token"),
        Step::Own => (NextStep::Consent, "set the owner of the grant Secret"),
        Step::Publish => (NextStep::Write, "write the token into the token Secret"),
        Step::Push => (NextStep::Consent, "push the authorization request to the provider"),
        Step::Read => (
            NextStep::Compare,
            "compare the input Secrets, which changed, with what the token was made from",
        ),
        Step::Redeem => (NextStep::Consent, "exchange the code that a person brought"),
        Step::Release => (NextStep::Go, "go, although the grant could not be revoked"),
        Step::Rest(_) => (NextStep::Wait, "nothing"),
        Step::Revoke => (NextStep::Go, "revoke the grant at the provider, and go"),
        Step::Save | Step::Write => (NextStep::Write, "write what was received"),
    }
}

fn waits_for_person(facts: &Facts) -> bool {
    let waits = facts.consent.as_ref().is_some_and(ConsentFacts::needs_person)
        || facts.grant_fault().is_some();
    let known = !matches!(facts.inputs, Inputs::Unknown(_));
    waits && known && facts.activity == Activity::Active && facts.spec == Spec::Valid
}

/// Since when a request should have been made.
fn overdue_since(facts: &Facts) -> Option<Timestamp> {
    let retry = facts.failure.as_ref().and_then(|failure| failure.retry_at);
    retry.or(match &facts.held {
        Held::Token(token) if facts.renewal == Renewal::NotAsked => Some(token.due),
        _ => None,
    })
}

fn why_now(facts: &Facts) -> &'static str {
    match (&facts.failure, &facts.held, &facts.inputs) {
        (Some(_), ..) => "try again to request a token",
        (_, Held::Nothing, _) => "request a token",
        (_, _, Inputs::Changed) => "request a token, since an input Secret changed",
        _ if facts.renewal == Renewal::Asked => "renew the token, since that was asked for",
        _ => "renew the token",
    }
}

/// What happens at a time until which the operator rests.
fn resting(facts: &Facts, at: Timestamp, now: Timestamp) -> Next {
    let retry = facts.failure.as_ref().and_then(|failure| failure.retry_at);
    let due = match &facts.held {
        Held::Token(token) => Some(token.due),
        Held::Foreign | Held::Nothing => None,
    };
    let consent = facts.consent.as_ref();
    let claimed = consent.is_some_and(|one| one.grant == GrantState::Claimed(at));
    let expires = facts.usable(now).is_some_and(|token| token.life.expires_at == at);
    let lapses = consent.and_then(|one| one.begun_until(now)) == Some(at);
    let (step, time, message) = if retry == Some(at) && waits_for_person(facts) {
        (NextStep::Consent, NextTime::Step, "try again what failed last")
    } else if retry == Some(at) {
        (NextStep::Acquire, NextTime::Step, "try again to request a token")
    } else if claimed {
        let message = "renew the token, unless the replica that is doing so brings it before";
        (NextStep::Acquire, NextTime::Step, message)
    } else if expires || lapses {
        let (step, message) = waiting(facts);
        let step = if step == NextStep::Wait && expires { NextStep::Expire } else { step };
        let time = if expires { NextTime::Expiry } else { NextTime::Lapse };
        (step, time, message)
    } else if due == Some(at) {
        (NextStep::Acquire, NextTime::Step, "renew the token")
    } else {
        (NextStep::Wait, NextTime::Step, "look again")
    };
    Next { step, at: Some(at), time, message: message.to_owned() }
}

/// What has to change before anything happens.
fn waiting(facts: &Facts) -> (NextStep, &'static str) {
    if waits_for_person(facts) {
        let message = "nothing until a person authorizes: `kubectl connection authorize`";
        return (NextStep::Authorize, message);
    }
    let message = match (facts.activity, &facts.spec, &facts.held) {
        (Activity::Deleting, ..) => "nothing: it is being deleted",
        (Activity::Suspended, ..) => "nothing until spec.suspend is false",
        _ if matches!(facts.inputs, Inputs::Unknown(_)) => {
            "nothing until the namespace is enrolled: the condition Ready has the command"
        }
        (_, Spec::Invalid(_), _) => "nothing until the spec is corrected",
        (_, _, Held::Foreign) => "nothing until the name of the token Secret is free",
        _ => "nothing until the spec or an input Secret is corrected",
    };
    (NextStep::Wait, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::consent::tests::alive;
    use crate::connection::facts::Finalizer;
    use crate::connection::fault::Fault;
    use crate::connection::reason::Reason;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts(grant: GrantState, begun_at: Option<Timestamp>) -> Facts {
        let consent = ConsentFacts { grant, begun_at, ..alive() };
        Facts {
            activity: Activity::Active,
            spec: Spec::Valid,
            held: Held::Nothing,
            unsaved: false,
            unwritten: false,
            inputs: Inputs::Same,
            renewal: Renewal::NotAsked,
            consent: Some(consent),
            finalizer: Finalizer::Right,
            failure: None,
            failure_beside: None,
        }
    }

    #[test]
    fn a_time_is_said_to_be_of_what_happens_then() {
        let absent = |begun_at| facts(GrantState::Absent, begun_at);
        let hidden = Fault::on_change(Reason::NamespaceNotEnrolled, "no");
        for (claim, facts, step, time, seconds) in [
            ("nobody began", absent(None), NextStep::Authorize, NextTime::Step, None),
            ("begun", absent(Some(at(900))), NextStep::Authorize, NextTime::Lapse, Some(1_500)),
            (
                "another replica renews",
                facts(GrantState::Claimed(at(1_010)), None),
                NextStep::Acquire,
                NextTime::Step,
                Some(1_010),
            ),
            (
                "not enrolled",
                Facts { inputs: Inputs::Unknown(hidden), ..absent(None) },
                NextStep::Wait,
                NextTime::Step,
                None,
            ),
        ] {
            let next = of(&facts, at(1_000));
            let found = (next.step, next.time, next.at);
            assert_eq!(found, (step, time, seconds.map(at)), "{claim}: {}", next.message);
        }
    }
}
