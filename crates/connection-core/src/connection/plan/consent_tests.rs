//! The plan where a person's consent is needed.

use jiff::SignedDuration;

use super::*;
use crate::connection::error::Fault;
use crate::connection::facts::{Failure, HeldToken};
use crate::connection::grant_state::tests::alive;
use crate::connection::reason::Reason;
use crate::connection::schedule::Life;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn now() -> Timestamp {
    at(1_000)
}

/// A token that lives until 300 s after it is due.
fn token(due: i64) -> Held {
    let life = Life { issued_at: at(due - 600), expires_at: at(due + 300) };
    Held::Token(HeldToken { life, due: at(due), fit: Fit::Good })
}

fn facts(held: Held, consent: ConsentFacts) -> Facts {
    Facts {
        activity: Activity::Active,
        spec: Spec::Valid,
        held,
        unsaved: false,
        unwritten: false,
        inputs: Inputs::Same,
        renewal: Renewal::NotAsked,
        failure: None,
        failure_beside: None,
        consent: Some(consent),
        finalizer: Finalizer::Right,
    }
}

fn with(grant: GrantState) -> ConsentFacts {
    ConsentFacts { grant, ..alive() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn failed(second: i64) -> Option<Failure> {
    let fault = Fault::soon(Reason::StorageFailed, "x");
    Some(Failure { fault, retry_at: Some(at(second)) })
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
#[test]
fn the_next_step_follows_from_the_facts() {
    let rest = |second| Step::Rest(Wake::At(at(second)));
    let wait = Step::Rest(Wake::OnChange);
    let absent = || with(GrantState::Absent);
    let answer = Some(HandedOver::Answer);
    let none = || Held::Nothing;
    let cases = vec![
        ("a grant is refreshed when its token is due", facts(token(900), alive()), Step::Acquire),
        ("a healthy grant rests", facts(token(1_500), alive()), rest(1_500)),
        (
            "a grant that somebody is using is left alone until then",
            facts(token(900), with(GrantState::Claimed(at(1_010)))),
            rest(1_010),
        ),
        ("without a grant a person is waited for", facts(none(), absent()), wait),
        (
            "a begun authorization is looked at again when it can no longer be finished",
            facts(none(), ConsentFacts { begun_at: Some(at(900)), ..absent() }),
            rest(1_500),
        ),
        (
            "where to send the person to is found out first",
            facts(none(), ConsentFacts { way_known: false, ..absent() }),
            Step::Discover,
        ),
        ("a dead grant is not sent", facts(token(900), with(GrantState::Dead)), rest(1_200)),
        (
            "a grant of another is not sent",
            facts(token(900), with(GrantState::OfAnother)),
            rest(1_200),
        ),
        (
            "a grant without refresh token cannot be refreshed",
            facts(token(900), with(GrantState::Unrenewable)),
            rest(1_200),
        ),
        (
            "a refresh token that waits is imported",
            facts(none(), ConsentFacts { import: true, ..absent() }),
            Step::Import,
        ),
        (
            "a live grant is not replaced by an import",
            facts(token(1_500), ConsentFacts { import: true, ..alive() }),
            rest(1_500),
        ),
        (
            "an answer that was handed over is redeemed",
            facts(none(), ConsentFacts { handed_over: answer, ..absent() }),
            Step::Redeem,
        ),
        (
            "also while the old token is good",
            facts(token(1_500), ConsentFacts { handed_over: answer, ..alive() }),
            Step::Redeem,
        ),
        (
            "also while a Secret of the request is faulty, so that the person is told",
            Facts {
                inputs: Inputs::Faulty(Fault::soon(Reason::SecretNotFound, "x")),
                ..facts(none(), ConsentFacts { handed_over: answer, ..absent() })
            },
            Step::Redeem,
        ),
        (
            "not while suspended",
            Facts {
                activity: Activity::Suspended,
                ..facts(none(), ConsentFacts { handed_over: answer, ..absent() })
            },
            wait,
        ),
        (
            "a request that was handed over is pushed",
            facts(none(), ConsentFacts { handed_over: Some(HandedOver::Request), ..absent() }),
            Step::Push,
        ),
        (
            "what was received is saved before anything else",
            Facts {
                unsaved: true,
                ..facts(
                    token(900),
                    ConsentFacts { handed_over: answer, unpublished: true, ..alive() },
                )
            },
            Step::Save,
        ),
        (
            "whatever has become of the spec",
            Facts {
                unsaved: true,
                spec: Spec::Invalid(Fault::invalid_spec("f", "w")),
                consent: None,
                ..facts(none(), alive())
            },
            Step::Save,
        ),
        (
            "what fails beside keeps no token from being renewed",
            Facts {
                failure_beside: failed(1_100),
                ..facts(token(900), ConsentFacts { owned_right: false, ..alive() })
            },
            Step::Acquire,
        ),
        (
            "and is tried again when its time comes",
            Facts {
                failure_beside: failed(1_100),
                ..facts(token(1_500), ConsentFacts { owned_right: false, ..alive() })
            },
            rest(1_100),
        ),
        (
            "while a renewal that failed waits for its own time",
            Facts {
                failure: failed(1_050),
                failure_beside: failed(1_100),
                ..facts(token(900), ConsentFacts { owned_right: false, ..alive() })
            },
            rest(1_050),
        ),
        (
            "also while the Connection is being deleted",
            Facts {
                activity: Activity::Deleting,
                finalizer: Finalizer::Waits(at(1_060)),
                unsaved: true,
                ..facts(none(), alive())
            },
            Step::Save,
        ),
        (
            "a token that the grant Secret holds is published",
            facts(none(), ConsentFacts { unpublished: true, ..alive() }),
            Step::Publish,
        ),
        (
            "the grant Secret's owner is set right",
            facts(token(1_500), ConsentFacts { owned_right: false, ..alive() }),
            Step::Own,
        ),
        (
            "the finalizer is set right first",
            Facts { finalizer: Finalizer::Wrong, ..facts(none(), absent()) },
            Step::Finalize,
        ),
        (
            "a deletion waits for the grant to be revoked",
            Facts {
                activity: Activity::Deleting,
                finalizer: Finalizer::Waits(at(1_060)),
                ..facts(none(), alive())
            },
            Step::Revoke,
        ),
        (
            "but not for ever",
            Facts {
                activity: Activity::Deleting,
                finalizer: Finalizer::Waits(at(1_000)),
                ..facts(none(), alive())
            },
            Step::Release,
        ),
        (
            "a revocation that failed is tried again at the latest when its time ends",
            Facts {
                activity: Activity::Deleting,
                finalizer: Finalizer::Waits(at(1_060)),
                failure: failed(2_000),
                ..facts(none(), alive())
            },
            rest(1_060),
        ),
        (
            "a Connection of another flow is let go",
            Facts {
                activity: Activity::Deleting,
                finalizer: Finalizer::Waits(at(1_060)),
                consent: None,
                ..facts(none(), alive())
            },
            Step::Release,
        ),
    ];
    for (claim, facts, expected) in cases {
        assert_eq!(next(&facts, now()), expected, "{claim}");
    }
}

/// Every grant with every sign beside it.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    let grants = [
        GrantState::Absent,
        GrantState::Alive,
        GrantState::Claimed(at(1_010)),
        GrantState::Dead,
        GrantState::Foreign,
        GrantState::OfAnother,
        GrantState::Unrenewable,
    ];
    for grant in grants {
        for bits in 0..128_u8 {
            let bit = |index: u8| bits & (1 << index) != 0;
            let handed_over = bit(0).then_some(HandedOver::Answer);
            let consent = ConsentFacts {
                handed_over,
                unpublished: bit(2),
                owned_right: bit(3),
                import: bit(4),
                way_known: bit(5),
                begun_at: bit(6).then(|| at(900)),
                ..with(grant)
            };
            for held in [Held::Nothing, token(1_500), token(900), token(400)] {
                for activity in [Activity::Active, Activity::Suspended, Activity::Deleting] {
                    let facts = facts(held.clone(), consent.clone());
                    all.push(Facts { activity, unsaved: bit(1), ..facts });
                }
            }
        }
    }
    all
}

#[test]
fn a_refresh_token_is_sent_only_of_a_grant_that_is_alive_and_everything_received_is_saved_first() {
    for facts in all() {
        let consent = facts.consent.as_ref().unwrap();
        let step = next(&facts, now());
        if step == Step::Acquire {
            assert_eq!(consent.grant, GrantState::Alive, "{facts:?}");
        }
        assert_eq!(facts.unsaved, step == Step::Save, "{facts:?}");
        if let Step::Rest(Wake::At(time)) = step {
            assert!(now() + SignedDuration::from_secs(1) <= time, "{facts:?} would wake at once");
        }
    }
}

#[test]
fn what_a_refresh_finds_out_about_the_grant_is_what_a_person_is_asked_for() {
    for (reason, asked) in [
        (Reason::GrantOfAnother, true),
        (Reason::GrantExpired, true),
        (Reason::ProviderUnavailable, false),
    ] {
        let failure = Some(Failure { fault: Fault::soon(reason, "x"), retry_at: None });
        let facts = Facts { failure, ..facts(token(900), alive()) };
        let told = facts.consent_fault(now()).map(|one| one.reason);
        assert_eq!(told, asked.then_some(reason), "{reason}");
    }
}
