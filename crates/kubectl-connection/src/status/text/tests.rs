use super::*;

use jiff::SignedDuration;

use crate::conditions::ConditionsView;
use crate::status::view::InputKey;
use connection_core::connection::next_action::Action;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn condition(status: &str, reason: &str, message: &str) -> ConditionView {
    ConditionView {
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

fn key(name: &str, exists: Option<bool>) -> InputKey {
    InputKey { field: "spec.assertion.keystoreRef", name: name.to_owned(), exists }
}

fn ready() -> View {
    View {
        namespace: "team-a".to_owned(),
        name: "crm".to_owned(),
        generation: Some(2),
        flow: "JWT".to_owned(),
        endpoint: Some("https://login.example.com/token".to_owned()),
        conditions: ConditionsView {
            ready: condition("True", "TokenIssued", "token valid until 2027-01-15T08:52:00Z"),
            refreshed: condition("True", "TokenIssued", "last token request succeeded"),
            authorized: None,
            stalled: false,
            up_to_date: true,
            next_refresh_at: Some(at(32)),
        },
        token: Some(TokenView {
            kind: "Bearer".to_owned(),
            scopes: vec!["api".to_owned(), "web".to_owned()],
            issued_at: Some(at(-8)),
            expires_at: Some(at(52)),
            expiry_source: Some("Response".to_owned()),
        }),
        secret: TokenSecretView {
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
        next: Some(NextStatus {
            action: Action::RequestToken,
            time: Some(at(32)),
            message: "renew the token".to_owned(),
        }),
        events: Some(vec![
            Event {
                kind: "Normal".to_owned(),
                reason: "TokenIssued".to_owned(),
                message: "last token request succeeded".to_owned(),
                at: Some(at(-18 * 60)),
            },
            Event {
                kind: "Normal".to_owned(),
                reason: "Progressing".to_owned(),
                message: "requesting the first token".to_owned(),
                at: None,
            },
        ]),
    }
}

#[test]
fn a_ready_connection() {
    insta::assert_snapshot!(render(&ready(), now()), @"
    Connection   team-a/crm   Ready: True (TokenIssued)   JWT, https://login.example.com/token
                 token valid until 2027-01-15T08:52:00Z
    Token        Bearer   scopes api,web   expires in 52m   issued 8m ago
    Secret       crm-token   keys access_token,expires_at   managed by this Connection
    Inputs       crm-keystore (keystore.p12 ✓, password ✗)
    Next         renew the token in 32m (2027-01-15T08:32:00Z)
    Events       TokenIssued 18h ago: last token request succeeded
                 Progressing: requesting the first token
    ");
}

#[test]
fn a_connection_with_problems() {
    let mut view = ready();
    view.conditions.up_to_date = false;
    view.token.as_mut().unwrap().expires_at = Some(at(-3));
    view.conditions.ready = condition("False", "TokenExpired", "the token expired");
    view.conditions.refreshed = condition("False", "ClientRejected", "client rejected");
    view.conditions.authorized = Some(condition("False", "GrantExpired", "grant expired"));
    view.secret = TokenSecretView { state: SecretState::NotOwned, keys: Vec::new(), ..view.secret };
    view.inputs[0].state = SecretState::Missing;
    view.next.as_mut().unwrap().time = Some(at(-5));
    view.grant = Some(GrantView {
        secret: "crm-grant".to_owned(),
        state: SecretState::Missing,
        account: Some("ann@example.com".to_owned()),
        authorized_at: Some(at(-9 * 24 * 60)),
        expires_at: Some(at(60 * 24 * 20)),
        redirect_uri: Some("https://operator.example.com/callback/team-a/crm".to_owned()),
    });
    view.events = Some(Vec::new());
    insta::assert_snapshot!(render(&view, now()), @"
    Connection   team-a/crm   Ready: False (TokenExpired)   JWT, https://login.example.com/token
                 the token expired
                 status is outdated: the operator has not observed generation 2
    Last error   ClientRejected: client rejected
    Token        Bearer   scopes api,web   expired 3m ago   issued 8m ago
    Secret       crm-token   not managed by this Connection: change spec.secret.name, or delete the Secret
    Authorized   GrantExpired: grant expired
    Grant        crm-grant does not exist   authorized 9d ago   as ann@example.com   expires in 20d
    Redirect URI https://operator.example.com/callback/team-a/crm
    Inputs       crm-keystore ✗ does not exist
    Next         renew the token, overdue by 5m: run `kubectl connection check`
    Events       none
    ");
}

#[test]
fn a_connection_whose_secrets_and_events_are_forbidden() {
    let mut view = ready();
    let state = SecretState::Forbidden;
    view.token = None;
    view.secret = TokenSecretView { state, keys: Vec::new(), ..view.secret };
    view.inputs = vec![Input {
        secret: "crm-keystore".to_owned(),
        state,
        keys: vec![key("keystore.p12 or keystore.jks", None)],
    }];
    view.grant = Some(GrantView {
        secret: "crm-grant".to_owned(),
        state,
        account: None,
        authorized_at: None,
        expires_at: None,
        redirect_uri: None,
    });
    view.next = None;
    view.events = None;
    insta::assert_snapshot!(render(&view, now()), @"
    Connection   team-a/crm   Ready: True (TokenIssued)   JWT, https://login.example.com/token
                 token valid until 2027-01-15T08:52:00Z
    Token        none
    Secret       crm-token   forbidden
    Grant        crm-grant (forbidden)
    Inputs       crm-keystore forbidden (keystore.p12 or keystore.jks ?)
    Next         not reported by the operator: run `kubectl connection check`
    Events       forbidden
    ");
}

#[test]
fn the_next_step_is_followed_by_its_time() {
    let step = |action: Action, minutes: Option<i64>, message: &str| {
        let message = message.to_owned();
        next(Some(&NextStatus { action, time: minutes.map(at), message }), now())
    };
    let lines = [
        step(Action::Wait, None, "nothing until the spec is corrected"),
        step(Action::RequestToken, Some(0), "renew the token"),
        step(Action::RequestToken, Some(32), "renew the token"),
        step(
            Action::Authorize,
            Some(52),
            "wait for a user: run `kubectl connection authorize`; the token expires",
        ),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    nothing until the spec is corrected
    renew the token now
    renew the token in 32m (2027-01-15T08:32:00Z)
    wait for a user: run `kubectl connection authorize`; the token expires in 52m (2027-01-15T08:52:00Z)
    ");
}

#[test]
fn a_message_of_several_lines_is_printed_in_one_line() {
    let mut view = ready();
    view.conditions.ready.message = "bad\n  Token  forged".to_owned();
    let text = render(&view, now());
    assert!(text.contains("             bad Token  forged\n"), "{text}");
}
