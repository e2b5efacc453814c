//! The page that says what is to be authorized, and the button that begins.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::consent_request::ConsentRequest;
use crate::web::consent::cookies;
use crate::web::consent::fields::Fields;
use crate::web::consent::grant_record;
use crate::web::consent::headers::STYLE;
use crate::web::consent::messages::{PageMessage, Refusal};
use crate::web::consent::par;
use crate::web::consent::render::{self, Authorize, Leaving};
use crate::web::consent::route::Page;
use crate::web::consent::session::AuthorizationSession;
use crate::web::consent::{Consent, VerifiedTicket};
use connection_core::connection::digest::Digest;
use connection_core::connection::grant::{GrantRecord, PendingAuthorization};
use connection_core::connection::pending_authorization::{self, BeginError};
use connection_core::connection::ticket;
use connection_core::oauth::pkce;
use connection_core::random;

/// The field of the ticket, in the link and in the form.
pub(super) const TICKET: &str = "ticket";
/// The field that proves that the page made the form.
const CSRF: &str = "csrf";

/// How long the browser keeps what was begun, seconds: far longer than it counts, so that somebody who
/// comes back late is told so. What is sealed says when it is worth nothing any more.
const KEPT: i64 = 24 * 60 * 60;

/// Shows what is to be authorized. Changes nothing, since programs look at links too, and asks the
/// API nothing.
pub(super) fn show(
    consent: &Consent,
    place: &ConnectionKey,
    query: &Fields,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let admitted = consent.verify_ticket(place, query.get(TICKET), now)?;
    let record = grant_record::known(&consent.secrets, place).unwrap_or_default();
    let old = cookies::values(headers, cookies::BROWSER).next();
    pending_authorization::check_browser(&record, admitted.digest(), old.map(digest))
        .map_err(refused)?;
    let asked = ConsentRequest::of(&admitted.connection)?;
    let fresh = ticket::ticket(random::bytes());
    let browser = old.unwrap_or_else(|| fresh.expose_secret());
    let note = &admitted.note;
    let page = Authorize {
        style: STYLE,
        place,
        host: asked.host(),
        scopes: &asked.authorization.scopes,
        expected: asked.expected(),
        requested_by: note.requested_by.as_deref().map(render::foreign),
        alive: alive(&record),
        action: &consent.path(Page::Authorize, place),
        ticket: admitted.ticket(),
        csrf: &consent.sealer.sign(&form(place, browser, &admitted)),
    };
    let mut response = render::page("Shown", StatusCode::OK, &page);
    if old.is_none()
        && let Some(cookie) = cookies::set(cookies::BROWSER, browser, "/", None)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What a form is signed for.
fn form<'a>(
    place: &'a ConnectionKey,
    browser: &'a str,
    admitted: &'a VerifiedTicket,
) -> [&'a [u8]; 5] {
    let ConnectionKey { namespace, name } = place;
    [
        b"form",
        browser.as_bytes(),
        namespace.as_bytes(),
        name.as_bytes(),
        admitted.ticket().as_bytes(),
    ]
}

/// The digest that stands for a browser or a state.
pub(super) fn digest(text: &str) -> Digest {
    Digest::from_bytes(text.as_bytes())
}

fn refused(error: BeginError) -> Refusal {
    match error {
        BeginError::BoundToOtherBrowser => PageMessage::OtherBrowserFirst.into(),
        BeginError::TicketUsed => PageMessage::UsedUp.into(),
    }
}

/// What is known of the grant that is there.
fn alive(record: &GrantRecord) -> Option<String> {
    record.binding.as_ref().filter(|_| record.invalidated_at.is_none())?;
    let consent = record.consent.as_ref();
    let by = consent.and_then(|one| one.account.as_deref()).map(render::foreign);
    let by = by.map(|account| format!(" by {account}")).unwrap_or_default();
    let at = consent.map(|one| one.at.strftime("%-d %B %Y").to_string());
    let at = at.map(|day| format!(" on {day}")).unwrap_or_default();
    Some(format!("A grant is there already, given{by}{at}."))
}

/// Begins: the person pressed the button.
pub(super) async fn begin(
    consent: &Consent,
    place: &ConnectionKey,
    fields: &Fields,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let admitted = consent.verify_ticket(place, fields.get(TICKET), now)?;
    let browser = cookies::values(headers, cookies::BROWSER).next().ok_or(PageMessage::Forged)?;
    let signature = fields.get(CSRF).map_or("", |one| one.expose_secret());
    let ours = consent.sealer.is_signed(&form(place, browser, &admitted), signature);
    if !ours || is_from_elsewhere(headers) {
        return Err(PageMessage::Forged.into());
    }
    let asked = ConsentRequest::of(&admitted.connection)?;
    consent.check_rate_limit(place)?;
    let begun = prepare(consent, place, &admitted, digest(browser), &asked);
    let wanted = PendingAuthorization {
        ticket: admitted.digest(),
        browser: begun.browser,
        state: Some(digest(begun.state.expose_secret())),
        begun_at: now,
    };
    let change = |record: &mut GrantRecord| {
        pending_authorization::start(record, wanted.clone()).map_err(refused)
    };
    grant_record::compare_and_swap(&consent.client, place, change).await?;
    let uri = if asked.pushed {
        par::push(consent, &admitted.connection, &begun, &asked).await?
    } else {
        uri(&begun, &asked)
    };
    tracing::info!(connection = %place, "an authorization was begun on the consent page");
    leave(consent, &begun, &asked, &uri)
}

/// Browsers say whether a form was sent from another site
/// (<https://www.w3.org/TR/fetch-metadata/>); one that does not say is not asked.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}

fn prepare(
    consent: &Consent,
    place: &ConnectionKey,
    admitted: &VerifiedTicket,
    browser: Digest,
    asked: &ConsentRequest,
) -> AuthorizationSession {
    let metadata = &admitted.connection.metadata;
    AuthorizationSession {
        place: place.clone(),
        uid: metadata.uid.clone().unwrap_or_default(),
        generation: metadata.generation.unwrap_or_default(),
        browser,
        state: ticket::ticket(random::bytes()),
        verifier: asked.authorization.pkce.then(|| pkce::verifier(random::bytes())),
        ticket: admitted.ticket.clone(),
        redirect_uri: consent.page.redirect_uri(&place.namespace, &place.name),
        // What comes later is not taken by the operator either.
        expires_at: admitted.note.expires_at,
    }
}

fn uri(begun: &AuthorizationSession, asked: &ConsentRequest) -> Url {
    let challenge = begun.verifier.as_ref().map(pkce::challenge);
    let state: &SecretString = &begun.state;
    asked.request(&begun.redirect_uri, state.expose_secret(), challenge).uri(&asked.endpoint)
}

/// Sends the browser on by a page and not by a redirect: `form-action` would hold for all redirects
/// after a form was sent, also for those of the provider to other hosts of its own.
fn leave(
    consent: &Consent,
    begun: &AuthorizationSession,
    asked: &ConsentRequest,
    uri: &Url,
) -> Result<Response, Refusal> {
    let page = Leaving { style: STYLE, host: asked.host(), uri: uri.as_str() };
    let path = consent.path(Page::Callback, &begun.place);
    let sealed = begun.seal(&consent.sealer);
    let cookie = sealed.and_then(|one| cookies::set(cookies::ATTEMPT, &one, &path, Some(KEPT)));
    let cookie = cookie.ok_or(PageMessage::Cluster)?;
    let mut response = render::page("Begun", StatusCode::OK, &page);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
