//! The next action for `status.next`, as the plan decides it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::facts::{
    Activity, Facts, InputState, RenewalState, SpecState, TokenSecretState,
};
use crate::connection::grant_state::{GrantFacts, GrantState};
use crate::connection::plan::{self, Requeue, Step};

/// The next action on a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NextAction {
    pub action: Action,
    /// When the operator acts, or when the state changes without an action. None: now, or at a
    /// change if the action is `Authorize` or `Wait`.
    pub time: Option<Timestamp>,
    /// A sentence that reads well before the time, such as `renew the token`.
    pub message: String,
}

/// What is done next, and by whom.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Action {
    /// A user must authorize the Connection.
    Authorize,
    /// The operator compares changed input Secrets with those of the token.
    CompareInputs,
    /// The operator deletes the Connection's grant, or removes the finalizer.
    Delete,
    /// The operator updates the grant or its Secret.
    UpdateGrant,
    /// The operator requests or renews the token.
    RequestToken,
    /// Nothing until the spec, a Secret or the namespace changes.
    Wait,
    /// The operator writes a token that it received.
    WriteToken,
    /// The operator rewrites the token Secret with the token that it has.
    ApplySecretMetadata,
}

/// Returns the next action at `now`.
pub fn next_action(facts: &Facts, now: Timestamp) -> NextAction {
    match plan::next(facts, now) {
        Step::RequestToken | Step::RefreshGrant => NextAction {
            action: Action::RequestToken,
            time: overdue_since(facts),
            message: why_now(facts).to_owned(),
        },
        Step::Wait(Requeue::At(time)) => resting(facts, time, now),
        Step::Wait(Requeue::OnChange) => {
            let (action, message) = waiting(facts);
            NextAction { action, time: None, message: message.to_owned() }
        }
        step => {
            let (action, message) = immediate(step);
            NextAction { action, time: None, message: message.to_owned() }
        }
    }
}

/// Steps that are taken as soon as the operator observes the facts.
fn immediate(step: Step) -> (Action, &'static str) {
    match step {
        // `next_action` handles these two and `Wait` itself; the arms make the match exhaustive.
        Step::RequestToken | Step::RefreshGrant => (Action::RequestToken, "request a token"),
        Step::DiscoverAuthorizationEndpoint => {
            (Action::UpdateGrant, "discover the authorization endpoint")
        }
        Step::ApplySecretMetadata => {
            (Action::ApplySecretMetadata, "apply spec.secret to the token Secret")
        }
        Step::UpdateFinalizer => (Action::UpdateGrant, "add or remove the finalizer"),
        Step::ImportRefreshToken => (Action::UpdateGrant, "import the refresh token"),
        Step::UpdateGrantOwner => (Action::UpdateGrant, "update the owner of the grant Secret"),
        Step::PublishToken => (Action::WriteToken, "copy the token into the token Secret"),
        Step::PushAuthorizationRequest => {
            (Action::UpdateGrant, "push the authorization request to the provider")
        }
        Step::CompareInputs => {
            (Action::CompareInputs, "check whether changed Secrets affect the token")
        }
        Step::ExchangeCode => (Action::UpdateGrant, "exchange the authorization code"),
        Step::RemoveFinalizer => (Action::Delete, "remove the finalizer (revocation failed)"),
        Step::Wait(_) => (Action::Wait, "nothing"),
        Step::RevokeGrant => (Action::Delete, "revoke the grant at the provider, then delete it"),
        Step::SaveGrant | Step::WriteToken => {
            (Action::WriteToken, "write the token that was received")
        }
    }
}

fn waits_for_user(facts: &Facts) -> bool {
    let waits =
        facts.grant.as_ref().is_some_and(GrantFacts::needs_user) || facts.grant_error().is_some();
    // Without access to the Secrets it is unknown whether there is a grant.
    let known = !matches!(facts.inputs, InputState::Inaccessible(_));
    waits && known && facts.activity == Activity::Active && facts.spec == SpecState::Valid
}

/// The time at which the request was due.
fn overdue_since(facts: &Facts) -> Option<Timestamp> {
    let retry = facts.failure.as_ref().and_then(|failure| failure.retry_at);
    // A renewal that an annotation requests has no scheduled time.
    retry.or(match &facts.token_secret {
        TokenSecretState::Present(token) if facts.renewal == RenewalState::None => Some(token.due),
        _ => None,
    })
}

fn why_now(facts: &Facts) -> &'static str {
    match (&facts.failure, &facts.token_secret, &facts.inputs) {
        (Some(_), ..) => "retry the token request",
        (_, TokenSecretState::Absent, _) => "request a token",
        (_, _, InputState::Changed) => "request a token, because an input Secret changed",
        _ if facts.renewal == RenewalState::Requested => "renew the token, as requested",
        _ => "renew the token",
    }
}

/// The action at the time until which the plan waits.
fn resting(facts: &Facts, time: Timestamp, now: Timestamp) -> NextAction {
    let retry = facts.failure.as_ref().and_then(|failure| failure.retry_at);
    let due = match &facts.token_secret {
        TokenSecretState::Present(token) => Some(token.due),
        TokenSecretState::NotOwned | TokenSecretState::Absent => None,
    };
    let grant = facts.grant.as_ref();
    let claimed = grant.is_some_and(|grant| grant.state == GrantState::Claimed(time));
    let expires = facts.valid_token(now).is_some_and(|token| token.lifetime.expires_at == time);
    let times_out = grant.and_then(|grant| grant.authorization_deadline(now)) == Some(time);
    // Without a usable grant no token can be requested, so another step has failed.
    let (action, message) = if retry == Some(time) && waits_for_user(facts) {
        (Action::UpdateGrant, "retry the failed step".to_owned())
    } else if retry == Some(time) {
        (Action::RequestToken, "retry the token request".to_owned())
    } else if claimed {
        (
            Action::Wait,
            "waiting for another replica to renew the token; this one takes over".to_owned(),
        )
    } else if expires || times_out {
        let (action, message) = waiting(facts);
        let event = if expires { "the token" } else { "the pending authorization" };
        (action, format!("{message}; {event} expires"))
    } else if due == Some(time) {
        (Action::RequestToken, "renew the token".to_owned())
    } else {
        (Action::Wait, "check again".to_owned())
    };
    NextAction { action, time: Some(time), message }
}

/// What must change before the operator acts.
fn waiting(facts: &Facts) -> (Action, &'static str) {
    if waits_for_user(facts) {
        let message = "wait for a user: run `kubectl connection authorize`";
        return (Action::Authorize, message);
    }
    let message = match (facts.activity, &facts.spec, &facts.token_secret) {
        (Activity::Deleting, ..) => "nothing: the Connection is being deleted",
        (Activity::Suspended, ..) => "nothing until spec.suspend is false",
        _ if matches!(facts.inputs, InputState::Inaccessible(_)) => {
            "nothing until the namespace is enrolled: run the command in condition Ready"
        }
        (_, SpecState::Invalid(_), _) => "nothing until the spec is corrected",
        (_, _, TokenSecretState::NotOwned) => "nothing until the name of the token Secret is free",
        _ => "nothing until the spec or an input Secret is corrected",
    };
    (Action::Wait, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::error::ConnectionError;
    use crate::connection::facts::FinalizerState;
    use crate::connection::grant_state::tests::active;
    use crate::connection::reason::Reason;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts(state: GrantState, started_at: Option<Timestamp>) -> Facts {
        let grant = GrantFacts { state, started_at, ..active() };
        Facts {
            activity: Activity::Active,
            spec: SpecState::Valid,
            token_secret_name: "crm-token".to_owned(),
            token_secret: TokenSecretState::Absent,
            unsaved: false,
            unwritten: false,
            inputs: InputState::Unchanged,
            renewal: RenewalState::None,
            grant: Some(grant),
            finalizer: FinalizerState::UpToDate,
            failure: None,
            side_failure: None,
        }
    }

    #[test]
    fn the_message_says_what_happens_at_the_time() {
        let absent = |started_at| facts(GrantState::Absent, started_at);
        let unknown = ConnectionError::on_change(Reason::NamespaceNotEnrolled, "no");
        let user = "wait for a user: run `kubectl connection authorize`";
        for (name, facts, action, time, message) in [
            ("not started", absent(None), Action::Authorize, None, user.to_owned()),
            (
                "started",
                absent(Some(at(900))),
                Action::Authorize,
                Some(1_500),
                format!("{user}; the pending authorization expires"),
            ),
            (
                "claimed by another replica",
                facts(GrantState::Claimed(at(1_010)), None),
                Action::Wait,
                Some(1_010),
                "waiting for another replica to renew the token; this one takes over".to_owned(),
            ),
            (
                "not enrolled",
                Facts { inputs: InputState::Inaccessible(unknown), ..absent(None) },
                Action::Wait,
                None,
                "nothing until the namespace is enrolled: run the command in condition Ready"
                    .to_owned(),
            ),
        ] {
            let expected = NextAction { action, time: time.map(at), message };
            assert_eq!(next_action(&facts, at(1_000)), expected, "{name}");
        }
    }
}
