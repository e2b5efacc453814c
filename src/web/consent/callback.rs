//! Where the provider sends the browser back to. Whatever does not belong to an authorization that
//! was begun in this browser costs no request, of the API or of the provider.

use axum::Extension;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kube::Resource;
use secrecy::{ExposeSecret, SecretString};

use crate::web::consent::Consent;
use crate::web::consent::authorization_response::ProviderAnswer;
use crate::web::consent::authorize::digest;
use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookies;
use crate::web::consent::grant_record::{self, unavailable};
use crate::web::consent::messages::{PageMessage, Refusal};
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

/// Takes the provider's answer, once, hands it over to the operator, and sends the browser on to an
/// address that has no code in it.
pub(super) async fn receive(
    consent: &Consent,
    place: &ConnectionKey,
    sent: &ProviderAnswer,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let browser = cookies::values(headers, cookies::BROWSER).next().map(digest);
    let begun = cookies::values(headers, cookies::ATTEMPT)
        .find_map(|sealed| AuthorizationSession::unseal(&consent.sealer, sealed))
        .ok_or(PageMessage::NotBegunHere)?;
    begun.check(place, browser, sent.state.as_ref(), now)?;
    let connection = consent.connection(place).ok_or(PageMessage::Changed)?;
    let metadata = &connection.metadata;
    if metadata.uid.as_ref() != Some(&begun.uid) || metadata.generation != Some(begun.generation) {
        return Err(PageMessage::Changed.into());
    }
    // A newer link makes the old one worthless.
    consent.verify_ticket(place, Some(&begun.ticket), now).map_err(|_| PageMessage::Superseded)?;
    consent.check_rate_limit(place)?;
    let wanted = PendingAuthorization {
        ticket: ticket::ticket_digest(&begun.ticket),
        browser: begun.browser,
        state: Some(digest(begun.state.expose_secret())),
        begun_at: now,
    };
    let take =
        |record: &mut GrantRecord| Ok(pending_authorization::accept_response(record, &wanted, now));
    match grant_record::compare_and_swap(&consent.client, place, take).await? {
        ResponseCheck::Accepted => hand_over(consent, &connection, &begun, sent, &wanted).await?,
        // A reload: what it came to, or will come to, is told all the same.
        ResponseCheck::Duplicate => {}
        ResponseCheck::Expired => return Err(PageMessage::Late.into()),
        ResponseCheck::Superseded => return Err(PageMessage::Superseded.into()),
    }
    go_on(consent, &begun, wanted.ticket)
}

async fn hand_over(
    consent: &Consent,
    connection: &Connection,
    begun: &AuthorizationSession,
    sent: &ProviderAnswer,
    wanted: &PendingAuthorization,
) -> Result<(), Refusal> {
    let (client, place) = (&consent.client, &begun.place);
    let owner = connection.owner_ref(&()).ok_or(PageMessage::Changed)?;
    let name =
        handoff_secret::name_for(Digest::from_json(&("answer", begun.state.expose_secret())));
    let data = answer(begun, sent);
    let kind = HandoffKind::AuthorizationResponse;
    let made =
        handoff_secret::create_once(client, &place.namespace, &name, owner, kind, &data).await;
    let Err(error) = made else {
        tracing::info!(connection = %place, "the provider's answer was handed over");
        return Ok(());
    };
    // So that a reload can try again.
    let give_back = |record: &mut GrantRecord| {
        let same = |one: &&mut PendingAuthorization| {
            one.ticket == wanted.ticket && one.browser == wanted.browser
        };
        if let Some(attempt) = record.pending_authorization.as_mut().filter(same) {
            attempt.state = wanted.state;
        }
        Ok(())
    };
    let _: Result<(), Refusal> = grant_record::compare_and_swap(client, place, give_back).await;
    Err(unavailable(place, error))
}

/// What is handed over of the provider's answer.
fn answer(
    begun: &AuthorizationSession,
    sent: &ProviderAnswer,
) -> Vec<(&'static str, SecretString)> {
    let mut data =
        vec![(TICKET, begun.ticket.clone()), (REDIRECT_URI, begun.redirect_uri.as_str().into())];
    match &sent.result {
        Ok(code) => {
            data.push((CODE, code.clone()));
            data.extend(begun.verifier.clone().map(|one| (CODE_VERIFIER, one)));
        }
        Err(word) => data.push((ERROR, (*word).into())),
    }
    data.extend(sent.issuer.clone().map(|one| (ISS, one)));
    data
}

fn go_on(
    consent: &Consent,
    begun: &AuthorizationSession,
    ticket: Digest,
) -> Result<Response, Refusal> {
    let path = consent.path(Page::ResultSession, &begun.place);
    let done = ResultSession { place: begun.place.clone(), ticket, expires_at: begun.expires_at };
    let lifetime = Some(connection_core::connection::grant::AUTHORIZATION_TIMEOUT.as_secs());
    let sealed = done.seal(&consent.sealer);
    let cookie = sealed.and_then(|one| cookies::set(cookies::DONE, &one, &path, lifetime));
    let cookie = cookie.ok_or(PageMessage::Cluster)?;
    let location = HeaderValue::from_str(&path).map_err(|_| PageMessage::Cluster)?;
    let headers = [(header::LOCATION, location), (header::SET_COOKIE, cookie)];
    Ok((StatusCode::SEE_OTHER, headers, Extension(ResultLabel("Answered"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> AuthorizationSession {
        AuthorizationSession {
            place: ConnectionKey::of("team", "mail").unwrap(),
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
    fn of_an_answer_only_what_the_operator_needs_is_handed_over() {
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
                "no consent",
                "state=s&error=access_denied&error_description=%3Cscript%3E&error_uri=x",
                [&base[..], &denied].concat(),
            ),
            (
                "a word of the provider's own",
                "state=s&error=%3Cscript%3E",
                [&base[..], &unknown].concat(),
            ),
            ("both", "state=s&error=access_denied&code=c", [&base[..], &denied].concat()),
            ("neither", "state=s", [&base[..], &unknown].concat()),
        ] {
            let data = answer(&begun(), &ProviderAnswer::read(query.as_bytes()).unwrap());
            let data: Vec<_> =
                data.iter().map(|(key, value)| (*key, value.expose_secret())).collect();
            assert_eq!(data, expected, "{claim}");
        }
    }
}
