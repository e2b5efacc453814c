//! From a request to what is done with it: scripts first, then the assertion, then the default.

use std::io;

use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue};

use crate::simulator::behavior::{Behavior, Content};
use crate::simulator::body::{self, Body};
use crate::simulator::clock;
use crate::simulator::grants::{Flight, Reply};
use crate::simulator::ledger::{Outcome, TokenRequest};
use crate::simulator::server::State;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Decides what to do with a request and what to note of it. Token answers come back as bytes.
pub(super) fn decide(state: &State, request: &TokenRequest) -> (Behavior, Outcome, Option<Flight>) {
    let mut behavior = state.behavior(request);
    let Content::Token(mut token) = behavior.content else {
        let outcome = Outcome::Scripted(behavior.status);
        return (behavior, outcome, None);
    };
    let offset = state.clock_offset();
    let mut grants = state.grants();
    let reply = grants.as_mut().and_then(|grants| grants.reply(request, clock::later(offset)));
    let (family, flight) = match reply {
        None => (None, None),
        Some(Reply::Answer(mut answer, outcome)) => {
            answer.headers.append(&mut behavior.headers);
            let Behavior { delay, pace, .. } = behavior;
            return (Behavior { delay, pace, ..answer }, outcome, None);
        }
        Some(Reply::Tokens { family, fields, flight }) => {
            // What was scripted comes before the flow's own.
            let scripted = std::mem::replace(&mut token.extra, fields);
            token.extra.extend(scripted);
            (Some(family), Some(flight))
        }
    };
    if let Err(reason) = verified(state, request, offset) {
        let refusal = Behavior::described_error(400, "invalid_grant", &reason);
        return (refusal.delay(behavior.delay), Outcome::Refused(reason.into()), None);
    }
    let access_token = token.issue(offset);
    if let (Some(grants), Some(family)) = (grants.as_mut(), family) {
        grants.issued(family, &access_token);
    }
    let octets = token.json(&access_token, offset).to_string().into_bytes();
    behavior.content = Content::Bytes { media_type: "application/json", octets };
    (behavior, Outcome::Token(access_token.into()), flight)
}

fn verified(state: &State, request: &TokenRequest, offset: i64) -> Result<(), String> {
    let mut verifier = state.verifier();
    let bearer = request.parameter("grant_type").as_deref() == Some(JWT_BEARER);
    let asserted = bearer || request.parameter("client_assertion").is_some();
    if verifier.is_off() || !asserted {
        return Ok(());
    }
    let assertion = request.assertion().ok_or("no assertion")?;
    let issuer = request.issuer().ok_or("no issuer")?;
    verifier.check(&assertion, &issuer, clock::later(offset).as_second())
}

/// The HTTP answer of a behavior.
///
/// # Errors
/// If a scripted status or header field cannot be said in HTTP.
pub(super) fn response(behavior: Behavior, offset: i64) -> io::Result<Response<Body>> {
    let (media_type, length, body) = match behavior.content {
        Content::Bytes { media_type, octets } => {
            (media_type, Some(octets.len()), body::known(octets, behavior.pace))
        }
        Content::Huge(bytes) => ("application/json", None, body::huge(bytes)),
        Content::Endless => ("application/json", None, body::endless()),
        Content::Token(_) => return Err(io::Error::other("a token answer is made of bytes")),
    };
    let mut response = Response::builder().status(behavior.status).body(body);
    let headers = response.as_mut().map(Response::headers_mut).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("no HTTP answer: {error}"))
    })?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if offset != 0 {
        headers.insert(DATE, value(&clock::http_date(offset))?);
    }
    for (name, text) in &behavior.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        headers.insert(name, value(text)?);
    }
    response.map_err(io::Error::other)
}

fn value(text: &str) -> io::Result<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(io::Error::other)
}
