//! The text output of `status`.

use jiff::Timestamp;

use crate::conditions::ConditionView;
use crate::humanize::{duration, relative};
use crate::status::view::{Event, GrantView, Input, SecretState, TokenSecretView, TokenView, View};
use crate::terminal::one_line;
use connection_client::api::status::NextStatus;
use connection_core::clock::whole_seconds;

/// The delay after which a step counts as overdue, seconds.
const OVERDUE_AFTER: i64 = 30;

/// The width of the label column.
const LABEL: usize = 13;

/// Renders a view as labeled lines.
pub(super) fn render(view: &View, now: Timestamp) -> String {
    let conditions = &view.conditions;
    let ready = &conditions.ready;
    let mut lines = vec![line("Connection", &heading(view)), line("", &ready.message)];
    if !conditions.up_to_date {
        lines.push(line("", &outdated(view.generation)));
    }
    let refreshed = &conditions.refreshed;
    // With the same reason, the line of Ready has shown the cause.
    if refreshed.status == "False" && refreshed.reason != ready.reason {
        lines.push(line("Last error", &condition(refreshed)));
    }
    let token = view.token.as_ref().map_or("none".to_owned(), |view| token(view, now));
    lines.push(line("Token", &token));
    lines.push(line("Secret", &secret(&view.secret)));
    let authorized = conditions.authorized.as_ref();
    if let Some(authorized) =
        authorized.filter(|view| view.status != "True" && view.reason != ready.reason)
    {
        lines.push(line("Authorized", &condition(authorized)));
    }
    if let Some(view) = &view.grant {
        lines.push(line("Grant", &grant(view, now)));
        lines.extend(view.redirect_uri.iter().map(|uri| line("Redirect URI", uri)));
    }
    lines.push(line("Inputs", &inputs(&view.inputs)));
    lines.push(line("Next", &next(view.next.as_ref(), now)));
    lines.extend(events(view.events.as_deref(), now));
    lines.concat()
}

fn line(label: &str, text: &str) -> String {
    // A line break in a message of another party must not forge a labeled line.
    format!("{label:<LABEL$}{}\n", one_line(text))
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("   ")
}

fn heading(view: &View) -> String {
    let ready = &view.conditions.ready;
    let flow = match &view.endpoint {
        Some(endpoint) => format!("{}, {endpoint}", view.flow),
        None => view.flow.clone(),
    };
    format!(
        "{}/{}   Ready: {} ({})   {flow}",
        view.namespace, view.name, ready.status, ready.reason
    )
}

fn outdated(generation: Option<i64>) -> String {
    let generation = generation.unwrap_or_default();
    format!("status is outdated: the operator has not observed generation {generation}")
}

fn condition(condition: &ConditionView) -> String {
    format!("{}: {}", condition.reason, condition.message)
}

fn token(token: &TokenView, now: Timestamp) -> String {
    let scopes = token.scopes.join(",");
    joined([
        Some(token.kind.clone()),
        (!scopes.is_empty()).then(|| format!("scopes {scopes}")),
        token.expires_at.map(|time| {
            let verb = if time <= now { "expired" } else { "expires" };
            format!("{verb} {}", relative(time, now))
        }),
        token.issued_at.map(|time| format!("issued {}", relative(time, now))),
    ])
}

fn secret(secret: &TokenSecretView) -> String {
    let keys = secret.keys.join(",");
    let state = match secret.state {
        SecretState::NotOwned => {
            "not managed by this Connection: change spec.secret.name, or delete the Secret"
        }
        SecretState::Forbidden => "forbidden",
        SecretState::Missing => "does not exist",
        SecretState::Present => "managed by this Connection",
    };
    let keys = (!keys.is_empty()).then(|| format!("keys {keys}"));
    joined([Some(secret.name.clone()), keys, Some(state.to_owned())])
}

fn grant(grant: &GrantView, now: Timestamp) -> String {
    let state = match grant.state {
        SecretState::Present => grant.secret.clone(),
        SecretState::Forbidden => format!("{} (forbidden)", grant.secret),
        // `NotOwned` is a state of the token Secret alone.
        SecretState::NotOwned | SecretState::Missing => format!("{} does not exist", grant.secret),
    };
    joined([
        Some(state),
        grant.authorized_at.map(|time| format!("authorized {}", relative(time, now))),
        grant.account.as_ref().map(|account| format!("as {account}")),
        grant.expires_at.map(|time| format!("expires {}", relative(time, now))),
    ])
}

fn inputs(inputs: &[Input]) -> String {
    if inputs.is_empty() {
        return "none".to_owned();
    }
    inputs.iter().map(input).collect::<Vec<_>>().join("   ")
}

fn input(input: &Input) -> String {
    let keys = input.keys.iter().map(|key| match key.exists {
        Some(true) => format!("{} ✓", key.name),
        Some(false) => format!("{} ✗", key.name),
        None => format!("{} ?", key.name),
    });
    let keys = keys.collect::<Vec<_>>().join(", ");
    match input.state {
        SecretState::Missing => format!("{} ✗ does not exist", input.secret),
        SecretState::Forbidden => format!("{} forbidden ({keys})", input.secret),
        SecretState::NotOwned | SecretState::Present => format!("{} ({keys})", input.secret),
    }
}

fn next(next: Option<&NextStatus>, now: Timestamp) -> String {
    let Some(next) = next else {
        return "not reported by the operator: run `kubectl connection check`".to_owned();
    };
    let Some(time) = next.time else { return next.message.clone() };
    let late = now.duration_since(time);
    // A step that has just started is not overdue.
    if late.as_secs() > OVERDUE_AFTER {
        format!("{}, overdue by {}: run `kubectl connection check`", next.message, duration(late))
    } else if late.is_negative() {
        format!("{} {} ({})", next.message, relative(time, now), whole_seconds(time))
    } else {
        format!("{} now", next.message)
    }
}

fn events(events: Option<&[Event]>, now: Timestamp) -> Vec<String> {
    let Some(events) = events else { return vec![line("Events", "forbidden")] };
    if events.is_empty() {
        return vec![line("Events", "none")];
    }
    let labels = std::iter::once("Events").chain(std::iter::repeat(""));
    let text = |event: &Event| {
        let time = event.at.map(|time| format!(" {}", relative(time, now))).unwrap_or_default();
        format!("{}{time}: {}", event.reason, event.message)
    };
    labels.zip(events).map(|(label, event)| line(label, &text(event))).collect()
}

#[cfg(test)]
mod tests;
