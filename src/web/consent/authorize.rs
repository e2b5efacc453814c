//! The page that shows the requested access, and the start of the authorization.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::consent_request::ConsentRequest;
use crate::web::consent::cookies;
use crate::web::consent::fields::FormFields;
use crate::web::consent::grant_record;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{PageError, PageMessage};
use crate::web::consent::par;
use crate::web::consent::render::{self, Authorize, Leaving};
use crate::web::consent::route::Page;
use crate::web::consent::session::AuthorizationSession;
use crate::web::consent::{ConsentPageState, VerifiedTicket};
use connection_core::connection::digest::Digest;
use connection_core::connection::grant::{GrantRecord, PendingAuthorization};
use connection_core::connection::pending_authorization::{self, BeginError};
use connection_core::connection::ticket;
use connection_core::oauth::pkce;
use connection_core::random;

/// The parameter of the ticket, in the link and in the form.
pub(super) const TICKET: &str = "ticket";
/// The form field that proves that this page created the form.
const CSRF: &str = "csrf";

/// Lifetime of the session cookie, seconds. It exceeds the lifetime of the session, so that a late
/// return gets a specific error. The sealed session has its own expiry.
const SESSION_COOKIE_LIFETIME: i64 = 24 * 60 * 60;

/// Shows the requested access. Link previews also request it, so it changes nothing and makes no
/// request to the Kubernetes API.
pub(super) fn show(
    consent: &ConsentPageState,
    place: &ConnectionKey,
    query: &FormFields,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, PageError> {
    let verified = consent.verify_ticket(place, query.get(TICKET), now)?;
    // Before the first authorization, there is no record.
    let record = grant_record::cached(&consent.secrets, place).unwrap_or_default();
    let cookie = cookies::values(headers, cookies::BROWSER).next();
    // Report a used link early; the start checks again with compare-and-swap.
    pending_authorization::check_browser(&record, verified.digest(), cookie.map(digest))
        .map_err(begin_error)?;
    let request = ConsentRequest::from_connection(&verified.connection)?;
    // The value binds a link to this browser, so it must be as random as a ticket.
    let fresh = ticket::ticket(random::bytes());
    // Keep the cookie, since other links may be bound to it.
    let browser = cookie.unwrap_or_else(|| fresh.expose_secret());
    let note = &verified.note;
    let page = Authorize {
        style: STYLE,
        place,
        host: request.host(),
        scopes: &request.authorization.scopes,
        expected: request.expected(),
        requested_by: note.requested_by.as_deref().map(render::sanitize),
        alive: existing_grant(&record),
        action: &consent.path(Page::Authorize, place),
        ticket: verified.ticket(),
        csrf: &consent.sealer.sign(&signed_parts(place, browser, &verified)),
    };
    let mut response = render::page("Shown", StatusCode::OK, &page);
    if cookie.is_none()
        // The prefix `__Host-` requires the path "/" (RFC 6265bis section 4.1.3.2).
        && let Some(cookie) = cookies::set(cookies::BROWSER, browser, "/", None)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Returns what the form's signature covers.
fn signed_parts<'a>(
    place: &'a ConnectionKey,
    browser: &'a str,
    verified: &'a VerifiedTicket,
) -> [&'a [u8]; 5] {
    let ConnectionKey { namespace, name } = place;
    [
        // This part separates the signature from any other use of the key.
        b"form",
        browser.as_bytes(),
        namespace.as_bytes(),
        name.as_bytes(),
        verified.ticket().as_bytes(),
    ]
}

/// Returns the digest of a browser cookie or a `state`.
pub(super) fn digest(text: &str) -> Digest {
    Digest::from_bytes(text.as_bytes())
}

fn begin_error(error: BeginError) -> PageError {
    match error {
        BeginError::BoundToOtherBrowser => PageMessage::BoundToOtherBrowser.into(),
        BeginError::TicketUsed => PageMessage::LinkUsed.into(),
    }
}

/// Describes the existing grant, if any.
fn existing_grant(record: &GrantRecord) -> Option<String> {
    record.binding.as_ref().filter(|_| record.invalidated_at.is_none())?;
    let consent = record.consent.as_ref();
    let by = consent.and_then(|consent| consent.account.as_deref()).map(render::sanitize);
    let by = by.map(|account| format!(" by {account}")).unwrap_or_default();
    let at = consent.map(|consent| consent.at.strftime("%-d %B %Y").to_string());
    let at = at.map(|day| format!(" on {day}")).unwrap_or_default();
    Some(format!("A grant already exists, given{by}{at}."))
}

/// Starts the authorization, after the form was submitted.
pub(super) async fn start(
    consent: &ConsentPageState,
    place: &ConnectionKey,
    fields: &FormFields,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, PageError> {
    let verified = consent.verify_ticket(place, fields.get(TICKET), now)?;
    let browser =
        cookies::values(headers, cookies::BROWSER).next().ok_or(PageMessage::FormRejected)?;
    let signature = fields.get(CSRF).map_or("", |signature| signature.expose_secret());
    let is_signed = consent.sealer.is_signed(&signed_parts(place, browser, &verified), signature);
    if !is_signed || is_cross_site(headers) {
        return Err(PageMessage::FormRejected.into());
    }
    let request = ConsentRequest::from_connection(&verified.connection)?;
    // After the checks: requests without a valid link must not use up a Connection's limit.
    consent.check_rate_limit(place)?;
    let session = new_session(consent, place, &verified, digest(browser), &request);
    let pending = PendingAuthorization {
        ticket: verified.digest(),
        browser: session.browser,
        // The record is an annotation, so it contains digests instead of secrets.
        state: Some(digest(session.state.expose_secret())),
        begun_at: now,
    };
    let change = |record: &mut GrantRecord| {
        pending_authorization::start(record, pending.clone()).map_err(begin_error)
    };
    // Before the browser leaves: only the response of a recorded authorization is accepted.
    grant_record::compare_and_swap(&consent.client, place, change).await?;
    let uri = if request.pushed {
        par::push(consent, &verified.connection, &session, &request).await?
    } else {
        authorization_uri(&session, &request)
    };
    tracing::info!(connection = %place, "authorization started on the consent page");
    redirect_page(consent, &session, &request, &uri)
}

/// Returns true if the browser reports that another site sent the form
/// (<https://www.w3.org/TR/fetch-metadata/>).
fn is_cross_site(headers: &HeaderMap) -> bool {
    // A sibling domain is same-site and gets Lax cookies, so require same-origin; old browsers send
    // no header.
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}

fn new_session(
    consent: &ConsentPageState,
    place: &ConnectionKey,
    verified: &VerifiedTicket,
    browser: Digest,
    request: &ConsentRequest,
) -> AuthorizationSession {
    let metadata = &verified.connection.metadata;
    AuthorizationSession {
        place: place.clone(),
        uid: metadata.uid.clone().unwrap_or_default(),
        generation: metadata.generation.unwrap_or_default(),
        browser,
        state: ticket::ticket(random::bytes()),
        verifier: request.authorization.pkce.then(|| pkce::verifier(random::bytes())),
        ticket: verified.ticket.clone(),
        redirect_uri: consent.page.redirect_uri(&place.namespace, &place.name),
        // The operator rejects later responses, too.
        expires_at: verified.note.expires_at,
    }
}

fn authorization_uri(session: &AuthorizationSession, request: &ConsentRequest) -> Url {
    let challenge = session.verifier.as_ref().map(pkce::challenge);
    let state: &SecretString = &session.state;
    request.request(&session.redirect_uri, state.expose_secret(), challenge).uri(&request.endpoint)
}

/// Redirects with a page instead of a status code: `form-action` applies to all redirects after a form
/// submission, including those of the provider to its other hosts.
fn redirect_page(
    consent: &ConsentPageState,
    session: &AuthorizationSession,
    request: &ConsentRequest,
    uri: &Url,
) -> Result<Response, PageError> {
    let page = Leaving { style: STYLE, host: request.host(), uri: uri.as_str() };
    let path = consent.path(Page::Callback, &session.place);
    let sealed = session.seal(&consent.sealer);
    let cookie = sealed.and_then(|sealed| {
        cookies::set(cookies::ATTEMPT, &sealed, &path, Some(SESSION_COOKIE_LIFETIME))
    });
    let cookie = cookie.ok_or(PageMessage::ClusterUnavailable)?;
    let mut response = render::page("Started", StatusCode::OK, &page);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
