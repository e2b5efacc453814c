//! Fills the templates, which escape whatever they are given.

use askama::Template;
use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{Command, PageMessage, Refusal};
use connection_core::connection::grant::AuthorizationOutcome;
use connection_core::connection::reason::Reason;

/// The longest text of somebody else that is shown, in characters.
const LONGEST_TEXT: usize = 200;

/// What is to be authorized, and the button that begins.
#[derive(Template)]
#[template(path = "authorize.html")]
pub(super) struct Authorize<'a> {
    /// The style sheet.
    pub style: &'static str,
    /// The Connection.
    pub place: &'a ConnectionKey,
    /// The host that the person is sent to.
    pub host: &'a str,
    /// The scopes that are asked for.
    pub scopes: &'a [String],
    /// The account that must give consent.
    pub expected: Option<&'a str>,
    /// Who made the link, as their plugin says.
    pub requested_by: Option<String>,
    /// What is known of the grant that is there.
    pub alive: Option<String>,
    /// Where the form goes.
    pub action: &'a str,
    /// The ticket.
    pub ticket: &'a str,
    /// What proves that this page made the form.
    pub csrf: &'a str,
}

/// On the way to the provider.
#[derive(Template)]
#[template(path = "leaving.html")]
pub(super) struct Leaving<'a> {
    /// The style sheet.
    pub style: &'static str,
    /// The host that the person is sent to.
    pub host: &'a str,
    /// The whole URI.
    pub uri: &'a str,
}

/// A grant is there.
#[derive(Template)]
#[template(path = "success.html")]
pub(super) struct Success<'a> {
    /// The style sheet.
    pub style: &'static str,
    /// The Connection.
    pub place: &'a ConnectionKey,
    /// The account that gave consent, where it is known.
    pub account: Option<String>,
    /// The scopes that were asked for.
    pub scopes: &'a [String],
    /// The token Secret.
    pub secret: Option<String>,
    /// Whether the token can be renewed without a person.
    pub renewable: bool,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Note<'a> {
    style: &'static str,
    title: &'a str,
    about: Option<&'a ConnectionKey>,
    what: Vec<Span<'a>>,
    next: Vec<Span<'a>>,
    command: Option<String>,
    reason: Option<&'static str>,
    reload: bool,
}

/// A piece of a sentence.
#[derive(Debug, Eq, PartialEq)]
struct Span<'a> {
    text: &'a str,
    /// Whether it is something to type or to look for.
    code: bool,
}

/// The pieces of a sentence, in which backticks mark code.
fn runs(sentence: &str) -> Vec<Span<'_>> {
    let pieces = sentence.split('`').enumerate();
    pieces.map(|(index, text)| Span { text, code: index % 2 == 1 }).collect()
}

/// What an answer says, in one word of a closed list: it is counted.
#[derive(Clone, Copy)]
pub(super) struct ResultLabel(pub &'static str);

/// Renders a page; `said` is what it says in one word.
#[must_use]
pub(super) fn page(said: &'static str, status: StatusCode, page: &impl Template) -> Response {
    // A template that writes into a string does not fail.
    let html = page.render().unwrap_or_default();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], Extension(ResultLabel(said)), html).into_response()
}

/// Renders what cannot be done.
#[must_use]
pub(super) fn refusal(refusal: &Refusal, place: Option<&ConnectionKey>) -> Response {
    let notice = refusal.notice;
    let note = Note {
        style: STYLE,
        title: notice.title(),
        about: place,
        what: runs(refusal.detail.as_deref().unwrap_or(notice.what())),
        next: runs(notice.next()),
        command: place.and_then(|place| command(notice.command(), place)),
        reason: None,
        reload: notice == PageMessage::Working,
    };
    page(notice.as_str(), notice.status(), &note)
}

/// Renders an authorization that brought no grant.
#[must_use]
pub(super) fn failure(
    outcome: &AuthorizationOutcome,
    alive: bool,
    place: &ConnectionKey,
) -> Response {
    let title = match outcome.reason {
        Reason::AccountMismatch => "Another account than the expected one",
        Reason::AuthorizationDenied => "No consent was given",
        Reason::AuthorizationTimedOut => "This took too long",
        _ => "The authorization did not work",
    };
    let message = format!("{} {}", happened(outcome), meaning(alive));
    let note = Note {
        style: STYLE,
        title,
        about: Some(place),
        what: runs(&message),
        next: runs(next(outcome.reason)),
        command: command(Command::NewLink, place),
        reason: Some(outcome.reason.as_str()),
        reload: false,
    };
    page(outcome.reason.as_str(), StatusCode::OK, &note)
}

/// What happened, in the page's words where the operator's are shorter than a person needs.
fn happened(outcome: &AuthorizationOutcome) -> String {
    match outcome.reason {
        Reason::AuthorizationDenied => {
            "You declined at the provider, or it did not let you agree, so it sent no code."
                .to_owned()
        }
        _ => sentence(&outcome.message),
    }
}

/// What to do next, above the command that makes a new link.
fn next(reason: Reason) -> &'static str {
    match reason {
        Reason::AccountMismatch => {
            "Log out at the provider, or use a private window, and log in with the expected account. A new link:"
        }
        Reason::AuthorizationDenied => "To give consent after all, make a new link:",
        _ => "When the cause is mended, make a new link:",
    }
}

/// What it means that no grant came of it.
fn meaning(alive: bool) -> &'static str {
    if alive {
        "Nothing was stored: the grant that was there before stays in use."
    } else {
        "Nothing was stored: the Connection has no grant, and gets no token until somebody authorizes it."
    }
}

fn command(command: Command, place: &ConnectionKey) -> Option<String> {
    let ConnectionKey { namespace, name } = place;
    match command {
        Command::None => None,
        Command::NewLink => Some(format!("kubectl connection authorize {name} -n {namespace}")),
        Command::Status => Some(format!("kubectl connection status {name} -n {namespace}")),
    }
}

/// A message of a condition as a sentence.
#[must_use]
pub(super) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// A text of somebody else, cut short and without characters that would disturb a page. The template
/// escapes it.
#[must_use]
pub(super) fn foreign(text: &str) -> String {
    let calm = |one: &char| !one.is_control() && !is_invisible(*one);
    text.chars().filter(calm).take(LONGEST_TEXT).collect()
}

/// Characters that turn or hide others (<https://www.unicode.org/reports/tr36/>).
fn is_invisible(one: char) -> bool {
    matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod tests;
