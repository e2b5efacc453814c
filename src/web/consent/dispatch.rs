//! Dispatches a request to its page.

use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::web::consent::authorization_response::AuthorizationResponse;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::fields::FormFields;
use crate::web::consent::messages::{PageError, PageMessage};
use crate::web::consent::rate_limit::rate_limit_key;
use crate::web::consent::render::ResultLabel;
use crate::web::consent::route::{Page, PageRoute};
use crate::web::consent::{ConsentPageState, authorize, callback, headers, render, result_page};
use connection_core::clock;

/// Maximum size of a form, bytes.
const MAX_FORM_SIZE: usize = 4 * 1024;

/// Timeout of reading a form.
const FORM_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the response to a request of a peer.
pub(super) async fn dispatch(
    consent: &ConsentPageState,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response {
    let route = PageRoute::parse(&consent.prefix, request.uri().path());
    let (page, place) = route.map(|route| (route.page, route.place)).unzip();
    let (parts, body) = request.into_parts();
    let result = match (page, &place) {
        (Some(page), Some(place)) if page.allows(&parts.method) => {
            serve_page(consent, page, place, &parts, body).await
        }
        (Some(_), _) => Err(PageMessage::MethodNotAllowed.into()),
        (None, _) => Err(PageMessage::NotFound.into()),
    };
    let mut response =
        result.unwrap_or_else(|error| error_response(consent, peer, &error, place.as_ref()));
    if let Some(page) = page.filter(|_| response.status() == StatusCode::METHOD_NOT_ALLOWED) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(page.methods()));
    }
    if let Some(ResultLabel(result)) = response.extensions().get() {
        consent.metrics.consent_page_response(result);
    }
    // After all branches, so that errors have the security headers, too.
    headers::add(response.headers_mut(), consent.tls);
    response
}

async fn serve_page(
    consent: &ConsentPageState,
    page: Page,
    place: &ConnectionKey,
    parts: &Parts,
    body: Incoming,
) -> Result<Response, PageError> {
    let now = clock::now();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    match (page, &parts.method) {
        (Page::Authorize, &Method::POST) => {
            let form = form(parts, body).await?;
            authorize::start(consent, place, &form, &parts.headers, now).await
        }
        (Page::Authorize, _) => {
            let query = FormFields::parse(query).ok_or(PageMessage::Malformed)?;
            authorize::show(consent, place, &query, &parts.headers, now)
        }
        // HEAD must not consume the code.
        (Page::Callback | Page::Result, &Method::HEAD) => Ok(StatusCode::OK.into_response()),
        (Page::Callback, _) => {
            let response = AuthorizationResponse::parse(query).ok_or(PageMessage::Malformed)?;
            callback::receive(consent, place, &response, &parts.headers, now).await
        }
        (Page::Result, _) => result_page::show(consent, place, &parts.headers, now).await,
    }
}

async fn form(parts: &Parts, body: Incoming) -> Result<FormFields, PageMessage> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    // A media type may have parameters, such as a charset (RFC 9110 section 8.3.1).
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(PageMessage::Malformed);
    }
    // Limit the size and the time before any check of the form: anyone can send one.
    let collected = Limited::new(body, MAX_FORM_SIZE).collect();
    let body = match tokio::time::timeout(FORM_READ_TIMEOUT, collected).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(PageMessage::TooLarge),
        _ => return Err(PageMessage::Malformed),
    };
    FormFields::parse(&body).ok_or(PageMessage::Malformed)
}

/// Renders an error. After too many errors, an address gets only a short text. Requests with a valid
/// link or response are not counted here, so that a flood does not lock users out.
fn error_response(
    consent: &ConsentPageState,
    peer: IpAddr,
    error: &PageError,
    place: Option<&ConnectionKey>,
) -> Response {
    let notice = error.message.as_str();
    tracing::debug!(notice, "consent page request rejected");
    if consent.errors.allows(rate_limit_key(peer), consent.since_start.elapsed()) {
        return render::error(error, place);
    }
    // During a flood, a short text costs less than a rendered page.
    let retry_after = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    let label = Extension(ResultLabel(PageMessage::RateLimited.as_str()));
    (PageMessage::RateLimited.status(), retry_after, label, PageMessage::RateLimited.title())
        .into_response()
}
