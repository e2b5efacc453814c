//! The redirect URI. A response that does not belong to an authorization of this browser is rejected
//! without a request to the Kubernetes API or the provider.

use axum::Extension;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kube::Resource;
use secrecy::{ExposeSecret, SecretString};

use crate::web::consent::ConsentPageState;
use crate::web::consent::authorization_response::AuthorizationResponse;
use crate::web::consent::authorize::digest;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookies;
use crate::web::consent::grant_record::{self, unavailable};
use crate::web::consent::messages::{PageError, PageMessage};
use crate::web::consent::render::ResultLabel;
use crate::web::consent::route::Page;
use crate::web::consent::session::{AuthorizationSession, ResultSession};
use connection_client::api::connection::Connection;
use connection_client::store::handoff_secret::{
    self, CODE, CODE_VERIFIER, ERROR, HandoffKind, ISS, REDIRECT_URI, TICKET,
};
use connection_core::connection::digest::Digest;
use connection_core::connection::grant::{GrantRecord, PendingAuthorization};
use connection_core::connection::pending_authorization::{self, ResponseCheck};
use connection_core::connection::ticket;

/// Accepts the authorization response once, passes it to the operator, and redirects to a URL without
/// the code.
pub(super) async fn receive(
    consent: &ConsentPageState,
    place: &ConnectionKey,
    response: &AuthorizationResponse,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, PageError> {
    let browser = cookies::values(headers, cookies::BROWSER).next().map(digest);
    // A sibling domain can set a cookie of this name, so skip those that do not unseal.
    let session = cookies::values(headers, cookies::ATTEMPT)
        .find_map(|sealed| AuthorizationSession::unseal(&consent.sealer, sealed))
        .ok_or(PageMessage::NotStartedHere)?;
    session.check(place, browser, response.state.as_ref(), now)?;
    let connection = consent.connection(place).ok_or(PageMessage::ConnectionChanged)?;
    let metadata = &connection.metadata;
    // The user consented to this object and spec: a new object has another uid, a change another
    // generation.
    if metadata.uid.as_ref() != Some(&session.uid)
        || metadata.generation != Some(session.generation)
    {
        return Err(PageMessage::ConnectionChanged.into());
    }
    // A newer link invalidates this one.
    consent
        .verify_ticket(place, Some(&session.ticket), now)
        .map_err(|_| PageMessage::Superseded)?;
    consent.check_rate_limit(place)?;
    let pending = PendingAuthorization {
        ticket: ticket::ticket_digest(&session.ticket),
        browser: session.browser,
        state: Some(digest(session.state.expose_secret())),
        begun_at: now,
    };
    let accept = |record: &mut GrantRecord| {
        Ok(pending_authorization::accept_response(record, &pending, now))
    };
    // Consume the state before the handoff, so that only one of several replays creates it.
    match grant_record::compare_and_swap(&consent.client, place, accept).await? {
        ResponseCheck::Accepted => {
            create_handoff(consent, &connection, &session, response, &pending).await?;
        }
        // A reload: the result page shows the result anyway.
        ResponseCheck::Duplicate => {}
        ResponseCheck::Expired => return Err(PageMessage::Expired.into()),
        ResponseCheck::Superseded => return Err(PageMessage::Superseded.into()),
    }
    redirect_to_result(consent, &session, pending.ticket)
}

async fn create_handoff(
    consent: &ConsentPageState,
    connection: &Connection,
    session: &AuthorizationSession,
    response: &AuthorizationResponse,
    pending: &PendingAuthorization,
) -> Result<(), PageError> {
    let (client, place) = (&consent.client, &session.place);
    let owner = connection.owner_ref(&()).ok_or(PageMessage::ConnectionChanged)?;
    // The name depends on the state, so that a retry does not create a second handoff Secret.
    let name =
        handoff_secret::name_for(Digest::from_json(&("answer", session.state.expose_secret())));
    let data = handoff_data(session, response);
    let kind = HandoffKind::AuthorizationResponse;
    let created =
        handoff_secret::create_once(client, &place.namespace, &name, owner, kind, &data).await;
    let Err(error) = created else {
        tracing::info!(connection = %place, "received the authorization response");
        return Ok(());
    };
    // Restore the state, so that a reload can retry.
    let restore_state = |record: &mut GrantRecord| {
        let is_same = |current: &&mut PendingAuthorization| {
            // An authorization with another ticket or browser must keep its own state.
            current.ticket == pending.ticket && current.browser == pending.browser
        };
        if let Some(current) = record.pending_authorization.as_mut().filter(is_same) {
            current.state = pending.state;
        }
        Ok(())
    };
    // Ignore: the first error is returned.
    let _: Result<(), PageError> =
        grant_record::compare_and_swap(client, place, restore_state).await;
    Err(unavailable(place, error))
}

/// Returns the data of the handoff Secret.
fn handoff_data(
    session: &AuthorizationSession,
    response: &AuthorizationResponse,
) -> Vec<(&'static str, SecretString)> {
    let mut data = vec![
        (TICKET, session.ticket.clone()),
        (REDIRECT_URI, session.redirect_uri.as_str().into()),
    ];
    match &response.result {
        Ok(code) => {
            data.push((CODE, code.clone()));
            data.extend(session.verifier.clone().map(|verifier| (CODE_VERIFIER, verifier)));
        }
        Err(error) => data.push((ERROR, (*error).into())),
    }
    // The operator compares the issuer (RFC 9207 section 2.4), since it knows the expected one.
    data.extend(response.issuer.clone().map(|issuer| (ISS, issuer)));
    data
}

fn redirect_to_result(
    consent: &ConsentPageState,
    session: &AuthorizationSession,
    ticket: Digest,
) -> Result<Response, PageError> {
    let path = consent.path(Page::Result, &session.place);
    let result =
        ResultSession { place: session.place.clone(), ticket, expires_at: session.expires_at };
    let lifetime = Some(connection_core::connection::grant::AUTHORIZATION_TIMEOUT.as_secs());
    let sealed = result.seal(&consent.sealer);
    let cookie = sealed.and_then(|sealed| cookies::set(cookies::DONE, &sealed, &path, lifetime));
    let cookie = cookie.ok_or(PageMessage::ClusterUnavailable)?;
    let location = HeaderValue::from_str(&path).map_err(|_| PageMessage::ClusterUnavailable)?;
    let headers = [(header::LOCATION, location), (header::SET_COOKIE, cookie)];
    Ok((StatusCode::SEE_OTHER, headers, Extension(ResultLabel("Received"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> AuthorizationSession {
        AuthorizationSession {
            place: ConnectionKey::parse("team", "mail").unwrap(),
            uid: "u".to_owned(),
            generation: 1,
            browser: digest("b"),
            state: "s".into(),
            verifier: Some("v".into()),
            ticket: "t".into(),
            redirect_uri: "https://connect.example.com/callback/team/mail".to_owned(),
            expires_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_the_parameters_that_the_operator_needs_are_handed_off() {
        let base =
            [("ticket", "t"), ("redirect_uri", "https://connect.example.com/callback/team/mail")];
        let code = [("code", "c"), ("code_verifier", "v")];
        let iss = [("iss", "https://login.example.com")];
        let denied = [("error", "access_denied")];
        let unknown = [("error", "unknown")];
        for (claim, query, expected) in [
            ("a code", "state=s&code=c&session_state=x", [base, code].concat()),
            (
                "a code with an issuer",
                "state=s&code=c&iss=https%3A%2F%2Flogin.example.com",
                [&base[..], &code, &iss].concat(),
            ),
            (
                "denied consent",
                "state=s&error=access_denied&error_description=%3Cscript%3E&error_uri=x",
                [&base[..], &denied].concat(),
            ),
            ("an unknown error", "state=s&error=%3Cscript%3E", [&base[..], &unknown].concat()),
            ("both", "state=s&error=access_denied&code=c", [&base[..], &denied].concat()),
            ("neither", "state=s", [&base[..], &unknown].concat()),
        ] {
            let data =
                handoff_data(&session(), &AuthorizationResponse::parse(query.as_bytes()).unwrap());
            let data: Vec<_> =
                data.iter().map(|(key, value)| (*key, value.expose_secret())).collect();
            assert_eq!(data, expected, "{claim}");
        }
    }
}
