//! `status` for people.

use jiff::Timestamp;

use crate::conditions::ConditionView;
use crate::humanize::{duration, relative};
use crate::status::view::{Event, Grant, Input, Next, SecretState, Token, View};
use crate::terminal::one_line;
use connection_core::clock::whole_seconds;

/// How long a step may be overdue before somebody should look at the operator, seconds.
const PATIENCE: i64 = 30;

/// The width of the first column.
const LABEL: usize = 13;

/// A view in lines, each with its label.
pub(super) fn of(view: &View, now: Timestamp) -> String {
    let mut lines = vec![line("Connection", &heading(view))];
    lines.push(line("", &view.saying.ready.message));
    if !view.up_to_date {
        lines.push(line("", "the operator has not seen this spec yet"));
    }
    if view.saying.refreshed.status == "False"
        && view.saying.refreshed.reason != view.saying.ready.reason
    {
        lines.push(line("Last error", &said(&view.saying.refreshed)));
    }
    lines
        .push(line("Token", &view.token.as_ref().map_or("none".to_owned(), |one| token(one, now))));
    lines.push(line("Secret", &secret(view)));
    let ready = &view.saying.ready;
    let authorized = view.saying.authorized.iter();
    for said in authorized.filter(|one| one.status != "True" && one.reason != ready.reason) {
        lines.push(line("Authorized", &self::said(said)));
    }
    if let Some(grant) = &view.grant {
        lines.push(line("Grant", &self::grant(grant, now)));
        if let Some(uri) = &grant.redirect_uri {
            lines.push(line("Redirect URI", uri));
        }
    }
    let inputs: Vec<_> = view.inputs.iter().map(input).collect();
    let inputs = if inputs.is_empty() { "none".to_owned() } else { inputs.join("   ") };
    lines.push(line("Inputs", &inputs));
    lines.push(line("Next", &next(&view.next, now)));
    lines.extend(events(view.events.as_deref(), now));
    lines.concat()
}

fn line(label: &str, text: &str) -> String {
    format!("{label:<LABEL$}{}\n", one_line(text))
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("   ")
}

fn heading(view: &View) -> String {
    let ready = &view.saying.ready;
    let flow = match &view.endpoint {
        Some(endpoint) => format!("{}, {endpoint}", view.flow),
        None => view.flow.clone(),
    };
    let told = (!view.saying.observed).then(|| "as the operator said last".to_owned());
    joined([
        Some(format!("{}/{}", view.namespace, view.name)),
        Some(format!("Ready: {} ({})", ready.status, ready.reason)),
        Some(flow),
        told,
    ])
}

fn said(said: &ConditionView) -> String {
    format!("{}: {}", said.reason, said.message)
}

fn token(token: &Token, now: Timestamp) -> String {
    let scopes = token.scopes.join(",");
    joined([
        Some(token.kind.clone()),
        (!scopes.is_empty()).then(|| format!("scopes {scopes}")),
        token.expires_at.map(|time| {
            let word = if time <= now { "expired" } else { "expires" };
            format!("{word} {}", relative(time, now))
        }),
        token.issued_at.map(|time| format!("issued {}", relative(time, now))),
    ])
}

fn secret(view: &View) -> String {
    let keys = view.secret.keys.join(",");
    let state = match view.secret.state {
        SecretState::NotOwned => "is somebody else's: choose another secret.name, or delete it",
        SecretState::Forbidden => "you may not read it",
        SecretState::Missing => "does not exist yet",
        SecretState::Present => "managed by this Connection",
    };
    let keys = (!keys.is_empty()).then(|| format!("keys {keys}"));
    joined([Some(view.secret.name.clone()), keys, Some(state.to_owned())])
}

fn grant(grant: &Grant, now: Timestamp) -> String {
    let state = match grant.state {
        SecretState::Present => grant.secret.clone(),
        SecretState::Forbidden => format!("{} (you may not read it)", grant.secret),
        SecretState::NotOwned | SecretState::Missing => {
            format!("{} does not exist yet", grant.secret)
        }
    };
    joined([
        Some(state),
        grant.authorized_at.map(|time| format!("authorized {}", relative(time, now))),
        grant.account.as_ref().map(|account| format!("as {account}")),
        grant.expires_at.map(|time| format!("ends {}", relative(time, now))),
    ])
}

fn input(input: &Input) -> String {
    let keys = input.keys.iter().map(|key| match key.there {
        Some(true) => format!("{} ✓", key.name),
        Some(false) => format!("{} ✗", key.name),
        None => format!("{} ?", key.name),
    });
    let keys = keys.collect::<Vec<_>>().join(", ");
    match input.state {
        SecretState::Missing => format!("{} ✗ does not exist", input.secret),
        _ => format!("{} ({keys})", input.secret),
    }
}

fn next(next: &Next, now: Timestamp) -> String {
    let Some(time) = next.time else { return next.message.clone() };
    let late = now.duration_since(time);
    if late.as_secs() > PATIENCE {
        format!("{}, overdue by {}: run `kubectl connection check`", next.message, duration(late))
    } else if late.is_negative() {
        format!("{} {} ({})", next.message, relative(time, now), whole_seconds(time))
    } else {
        format!("{} now", next.message)
    }
}

fn events(events: Option<&[Event]>, now: Timestamp) -> Vec<String> {
    let Some(events) = events else { return vec![line("Events", "you may not list them")] };
    if events.is_empty() {
        return vec![line("Events", "none")];
    }
    let labels = std::iter::once("Events").chain(std::iter::repeat(""));
    let text = |event: &Event| {
        let when = event.at.map(|time| relative(time, now));
        let reason = when.map_or(event.reason.clone(), |when| format!("{} {when}", event.reason));
        format!("{reason}: {}", event.message)
    };
    labels.zip(events).map(|(label, event)| line(label, &text(event))).collect()
}

#[cfg(test)]
mod tests;
