//! From a request to an answer.

use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::web::consent::authorization_response::ProviderAnswer;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::fields::Fields;
use crate::web::consent::messages::{PageMessage, Refusal};
use crate::web::consent::rate_limit::counted;
use crate::web::consent::render::ResultLabel;
use crate::web::consent::route::{Page, Route};
use crate::web::consent::{Consent, authorize, callback, headers, render, result_page};
use connection_core::clock;

/// The most bytes of a form.
const LARGEST_FORM: usize = 4 * 1024;

/// How long a form may take to arrive.
const FORM_PATIENCE: Duration = Duration::from_secs(10);

/// Answers a request of a peer.
pub(super) async fn answer(
    consent: &Consent,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response {
    let route = Route::of(&consent.prefix, request.uri().path());
    let (page, place) = route.map(|one| (one.page, one.place)).unzip();
    let (parts, body) = request.into_parts();
    let result = match (page, &place) {
        (Some(page), Some(place)) if page.takes(&parts.method) => {
            answer_page(consent, page, place, &parts, body).await
        }
        (Some(_), _) => Err(PageMessage::Method.into()),
        (None, _) => Err(PageMessage::NotFound.into()),
    };
    let mut response =
        result.unwrap_or_else(|refusal| refuse(consent, peer, &refusal, place.as_ref()));
    if let Some(page) = page.filter(|_| response.status() == StatusCode::METHOD_NOT_ALLOWED) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(page.methods()));
    }
    if let Some(ResultLabel(word)) = response.extensions().get() {
        consent.metrics.consent_page_response(word);
    }
    headers::add(response.headers_mut(), consent.tls);
    response
}

async fn answer_page(
    consent: &Consent,
    page: Page,
    place: &ConnectionKey,
    parts: &Parts,
    body: Incoming,
) -> Result<Response, Refusal> {
    let now = clock::now();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    match (page, &parts.method) {
        (Page::Authorize, &Method::POST) => {
            let form = form(parts, body).await?;
            authorize::begin(consent, place, &form, &parts.headers, now).await
        }
        (Page::Authorize, _) => {
            let query = Fields::read(query).ok_or(PageMessage::Malformed)?;
            authorize::show(consent, place, &query, &parts.headers, now)
        }
        // Who asks for the head alone wants no code to be used.
        (Page::Callback | Page::ResultSession, &Method::HEAD) => Ok(StatusCode::OK.into_response()),
        (Page::Callback, _) => {
            let sent = ProviderAnswer::read(query).ok_or(PageMessage::Malformed)?;
            callback::receive(consent, place, &sent, &parts.headers, now).await
        }
        (Page::ResultSession, _) => result_page::tell(consent, place, &parts.headers, now).await,
    }
}

async fn form(parts: &Parts, body: Incoming) -> Result<Fields, PageMessage> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(PageMessage::Malformed);
    }
    let collected = Limited::new(body, LARGEST_FORM).collect();
    let body = match tokio::time::timeout(FORM_PATIENCE, collected).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(PageMessage::TooLarge),
        _ => return Err(PageMessage::Malformed),
    };
    Fields::read(&body).ok_or(PageMessage::Malformed)
}

/// Says why not. Who is told so too often is told less. Whoever has a valid link or answer is never
/// counted here, so a flood does not keep them out.
fn refuse(
    consent: &Consent,
    peer: IpAddr,
    refusal: &Refusal,
    place: Option<&ConnectionKey>,
) -> Response {
    let notice = refusal.notice;
    tracing::debug!(notice = notice.as_str(), "the consent page refused a request");
    if consent.refusals.allows(counted(peer), consent.since.elapsed()) {
        return render::refusal(refusal, place);
    }
    let later = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    let said = Extension(ResultLabel(PageMessage::Busy.as_str()));
    (PageMessage::Busy.status(), later, said, PageMessage::Busy.title()).into_response()
}
