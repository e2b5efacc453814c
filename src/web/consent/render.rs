//! Renders the templates, which escape all values.

use askama::Template;
use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{PageError, PageMessage, RemedyCommand};
use connection_core::connection::grant::AuthorizationOutcome;
use connection_core::connection::reason::Reason;

/// Maximum length of an untrusted text, characters.
const MAX_UNTRUSTED_LENGTH: usize = 200;

/// The page that shows the requested access.
#[derive(Template)]
#[template(path = "authorize.html")]
pub(super) struct Authorize<'a> {
    pub style: &'static str,
    pub place: &'a ConnectionKey,
    /// The provider's host.
    pub host: &'a str,
    pub scopes: &'a [String],
    /// The account that must consent.
    pub expected: Option<&'a str>,
    /// The user who created the link, as reported by the plugin; not verified.
    pub requested_by: Option<String>,
    /// A description of the existing grant.
    pub alive: Option<String>,
    /// The form's target.
    pub action: &'a str,
    pub ticket: &'a str,
    /// The signature that proves that this page created the form.
    pub csrf: &'a str,
}

/// The page that redirects to the provider.
#[derive(Template)]
#[template(path = "leaving.html")]
pub(super) struct Leaving<'a> {
    pub style: &'static str,
    /// The provider's host.
    pub host: &'a str,
    /// The authorization URI.
    pub uri: &'a str,
}

/// The page after a successful authorization.
#[derive(Template)]
#[template(path = "success.html")]
pub(super) struct Success<'a> {
    pub style: &'static str,
    pub place: &'a ConnectionKey,
    /// The account that consented, if known.
    pub account: Option<String>,
    pub scopes: &'a [String],
    /// The name of the token Secret.
    pub secret: Option<String>,
    /// True if there is a refresh token.
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

/// A part of a sentence.
#[derive(Debug, Eq, PartialEq)]
struct Span<'a> {
    text: &'a str,
    /// True for text in backticks.
    code: bool,
}

/// Splits a sentence at backticks, which mark code.
fn spans(sentence: &str) -> Vec<Span<'_>> {
    let parts = sentence.split('`').enumerate();
    parts.map(|(index, text)| Span { text, code: index % 2 == 1 }).collect()
}

/// The value of the metric label `result`, from a closed list.
#[derive(Clone, Copy)]
pub(super) struct ResultLabel(pub &'static str);

/// Renders a page with its metric label.
pub(super) fn page(result: &'static str, status: StatusCode, page: &impl Template) -> Response {
    // Rendering to a string does not fail.
    let html = page.render().unwrap_or_default();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], Extension(ResultLabel(result)), html).into_response()
}

/// Renders an error.
pub(super) fn error(error: &PageError, place: Option<&ConnectionKey>) -> Response {
    let message = error.message;
    let note = Note {
        style: STYLE,
        title: message.title(),
        about: place,
        what: spans(error.detail.as_deref().unwrap_or(message.what())),
        next: spans(message.next()),
        command: place.and_then(|place| command(message.command(), place)),
        reason: None,
        reload: message == PageMessage::Processing,
    };
    page(message.as_str(), message.status(), &note)
}

/// Renders the result of a failed authorization.
pub(super) fn failure(
    outcome: &AuthorizationOutcome,
    alive: bool,
    place: &ConnectionKey,
) -> Response {
    let title = match outcome.reason {
        Reason::AccountMismatch => "Unexpected account",
        Reason::AuthorizationDenied => "Consent was denied",
        Reason::AuthorizationTimedOut => "The authorization timed out",
        _ => "The authorization failed",
    };
    let message = format!("{} {}", cause(outcome), consequence(alive));
    let note = Note {
        style: STYLE,
        title,
        about: Some(place),
        what: spans(&message),
        next: spans(next(outcome.reason)),
        command: command(RemedyCommand::NewLink, place),
        reason: Some(outcome.reason.as_str()),
        reload: false,
    };
    page(outcome.reason.as_str(), StatusCode::OK, &note)
}

/// Returns the cause of the failure.
fn cause(outcome: &AuthorizationOutcome) -> String {
    match outcome.reason {
        Reason::AuthorizationDenied => {
            "You or the provider denied consent, so the provider sent no code.".to_owned()
        }
        _ => sentence(&outcome.message),
    }
}

/// Returns what to do next, followed by the command that creates a new link.
fn next(reason: Reason) -> &'static str {
    match reason {
        Reason::AccountMismatch => {
            "Log out at the provider or use a private window, log in with the expected account, and create a new link:"
        }
        Reason::AuthorizationDenied => "To consent, create a new link:",
        _ => "When the cause is fixed, create a new link:",
    }
}

/// Returns the consequence of the failure.
fn consequence(alive: bool) -> &'static str {
    if alive {
        "Nothing was stored: the existing grant stays in use."
    } else {
        "Nothing was stored: the Connection has no grant and gets no token until a user authorizes it."
    }
}

fn command(command: RemedyCommand, place: &ConnectionKey) -> Option<String> {
    let ConnectionKey { namespace, name } = place;
    match command {
        RemedyCommand::None => None,
        RemedyCommand::NewLink => {
            Some(format!("kubectl connection authorize {name} -n {namespace}"))
        }
        RemedyCommand::Status => Some(format!("kubectl connection status {name} -n {namespace}")),
    }
}

/// Returns a condition's message as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// Truncates an untrusted text and removes control and invisible characters. The template escapes it.
pub(super) fn sanitize(text: &str) -> String {
    let is_visible = |letter: &char| !letter.is_control() && !is_invisible(*letter);
    // Filter first, so that removed characters do not count.
    text.chars().filter(is_visible).take(MAX_UNTRUSTED_LENGTH).collect()
}

/// Returns true for characters that reorder or hide text (<https://www.unicode.org/reports/tr36/>).
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod tests;
