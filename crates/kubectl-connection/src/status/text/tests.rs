use super::*;

use jiff::SignedDuration;

use crate::conditions::ConditionsView;
use crate::status::view::{InputKey, TokenSecret};
use connection_core::connection::next_action::Action;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn told(status: &str, reason: &str, message: &str) -> ConditionView {
    ConditionView {
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

fn ready() -> View {
    View {
        namespace: "team-a".to_owned(),
        name: "crm".to_owned(),
        flow: "JWT".to_owned(),
        endpoint: Some("https://login.example.com/token".to_owned()),
        up_to_date: true,
        saying: ConditionsView {
            ready: told("True", "TokenIssued", "token valid until 2027-01-15T08:52:00Z"),
            refreshed: told("True", "TokenIssued", "last token request succeeded"),
            authorized: None,
            stalled: false,
            observed: true,
            next_refresh_at: Some(at(32)),
        },
        token: Some(Token {
            kind: "Bearer".to_owned(),
            scopes: vec!["api".to_owned(), "web".to_owned()],
            issued_at: Some(at(-8)),
            expires_at: Some(at(52)),
            expiry_source: Some("Response".to_owned()),
        }),
        secret: TokenSecret {
            name: "crm-token".to_owned(),
            state: SecretState::Present,
            keys: vec!["access_token".to_owned(), "expires_at".to_owned()],
        },
        grant: None,
        inputs: vec![Input {
            secret: "crm-keystore".to_owned(),
            state: SecretState::Present,
            keys: vec![key("keystore.p12", Some(true)), key("password", Some(false))],
        }],
        next: Next {
            action: Some(Action::RequestToken),
            time: Some(at(32)),
            message: "renew the token".to_owned(),
        },
        events: Some(vec![Event {
            kind: "Normal".to_owned(),
            reason: "TokenIssued".to_owned(),
            message: "last token request succeeded".to_owned(),
            at: Some(at(-18 * 60)),
        }]),
    }
}

fn key(name: &str, there: Option<bool>) -> InputKey {
    InputKey { field: "spec.assertion.keystoreRef", name: name.to_owned(), there }
}

#[test]
fn a_connection_is_one_screen() {
    assert_eq!(
        of(&ready(), now()),
        "\
Connection   team-a/crm   Ready: True (TokenIssued)   JWT, https://login.example.com/token
             token valid until 2027-01-15T08:52:00Z
Token        Bearer   scopes api,web   expires in 52m   issued 8m ago
Secret       crm-token   keys access_token,expires_at   managed by this Connection
Inputs       crm-keystore (keystore.p12 ✓, password ✗)
Next         renew the token in 32m (2027-01-15T08:32:00Z)
Events       TokenIssued 18h ago: last token request succeeded
"
    );
}

#[test]
fn what_is_amiss_has_a_line() {
    let mut view = ready();
    view.up_to_date = false;
    view.token = None;
    view.saying.refreshed = told("False", "ClientRejected", "the provider refused the client");
    view.secret = TokenSecret { state: SecretState::NotOwned, keys: Vec::new(), ..view.secret };
    view.inputs[0].state = SecretState::Missing;
    view.next.time = Some(at(-5));
    view.events = None;
    view.grant = Some(Grant {
        secret: "crm-grant".to_owned(),
        state: SecretState::Forbidden,
        account: Some("ann@example.com".to_owned()),
        authorized_at: Some(at(-9 * 24 * 60)),
        expires_at: None,
        redirect_uri: Some("https://operator.example.com/callback/team-a/crm".to_owned()),
    });
    let text = of(&view, now());
    let lines = [
        "             the operator has not seen this spec yet",
        "Last error   ClientRejected: the provider refused the client",
        "Token        none",
        "Secret       crm-token   is somebody else's: choose another secret.name, or delete it",
        "Grant        crm-grant (you may not read it)   authorized 9d ago   as ann@example.com",
        "Redirect URI https://operator.example.com/callback/team-a/crm",
        "Inputs       crm-keystore ✗ does not exist",
        "Next         renew the token, overdue by 5m: run `kubectl connection check`",
        "Events       you may not list them",
    ];
    for line in lines {
        assert!(text.lines().any(|one| one == line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn the_next_step_has_its_time() {
    let step = |minutes: Option<i64>| Next {
        action: Some(Action::Wait),
        time: minutes.map(at),
        message: "do it".to_owned(),
    };
    let table = [
        (step(None), "do it"),
        (step(Some(0)), "do it now"),
        (step(Some(32)), "do it in 32m (2027-01-15T08:32:00Z)"),
    ];
    for (step, expected) in table {
        assert_eq!(next(&step, now()), expected);
    }
}

#[test]
fn a_message_of_several_lines_stays_in_its_own() {
    let mut view = ready();
    view.saying.ready.message = "bad\n  Token  forged".to_owned();
    let text = of(&view, now());
    assert!(text.contains("             bad Token  forged\n"), "{text}");
}
