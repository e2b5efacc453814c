//! The sessions that the page stores in sealed cookies.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookie_cipher::{CookiePurpose, CookieSealer};
use crate::web::consent::messages::PageMessage;
use connection_core::connection::digest::Digest;
use connection_core::random;

/// An authorization that this browser started.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationSession {
    pub place: ConnectionKey,
    pub uid: String,
    pub generation: i64,
    /// The digest of the browser cookie.
    pub browser: Digest,
    pub state: SecretString,
    /// The PKCE `code_verifier`, if PKCE is used.
    pub verifier: Option<SecretString>,
    pub ticket: SecretString,
    pub redirect_uri: String,
    pub expires_at: Timestamp,
}

/// An authorization whose response was received.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct ResultSession {
    pub place: ConnectionKey,
    /// The digest of the ticket.
    pub ticket: Digest,
    pub expires_at: Timestamp,
}

/// The serialized [`AuthorizationSession`].
#[derive(Deserialize, Serialize)]
struct Plain<'a> {
    place: ConnectionKey,
    uid: &'a str,
    generation: i64,
    browser: Digest,
    state: &'a str,
    verifier: Option<&'a str>,
    ticket: &'a str,
    redirect_uri: &'a str,
    expires_at: Timestamp,
}

impl AuthorizationSession {
    /// Returns the sealed cookie value.
    pub(super) fn seal(&self, sealer: &CookieSealer) -> Option<String> {
        // `SecretString` cannot be serialized on purpose, so expose the secrets only here.
        let plain = Plain {
            place: self.place.clone(),
            uid: &self.uid,
            generation: self.generation,
            browser: self.browser,
            state: self.state.expose_secret(),
            verifier: self.verifier.as_ref().map(ExposeSecret::expose_secret),
            ticket: self.ticket.expose_secret(),
            redirect_uri: &self.redirect_uri,
            expires_at: self.expires_at,
        };
        let plain = Zeroizing::new(serde_json::to_vec(&plain).ok()?);
        sealer.seal(CookiePurpose::PendingAuthorization, &plain, random::bytes()).ok()
    }

    /// Unseals a cookie value.
    pub(super) fn unseal(sealer: &CookieSealer, cookie: &str) -> Option<Self> {
        let plain = sealer.unseal(CookiePurpose::PendingAuthorization, cookie)?;
        let plain: Plain<'_> = serde_json::from_slice(plain.expose_secret()).ok()?;
        Some(Self {
            place: plain.place,
            uid: plain.uid.to_owned(),
            generation: plain.generation,
            browser: plain.browser,
            state: plain.state.into(),
            verifier: plain.verifier.map(Into::into),
            ticket: plain.ticket.into(),
            redirect_uri: plain.redirect_uri.to_owned(),
            expires_at: plain.expires_at,
        })
    }

    /// Checks that a response with this `state`, at this Connection's redirect URI and in this browser,
    /// belongs to the session.
    ///
    /// # Errors
    ///
    /// Returns the message for the user.
    pub(super) fn check(
        &self,
        place: &ConnectionKey,
        browser: Option<Digest>,
        state: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<(), PageMessage> {
        let digest = |state: &SecretString| Digest::from_bytes(state.expose_secret().as_bytes());
        // The cookie's path is no protection: a client can send any cookie to any path.
        if self.place != *place {
            Err(PageMessage::WrongConnection)
        } else if browser != Some(self.browser) {
            Err(PageMessage::NotStartedHere)
        } else if now >= self.expires_at {
            Err(PageMessage::Expired)
        // Compare digests: the duration of their comparison reveals nothing about the state.
        } else if state.map(digest) != Some(digest(&self.state)) {
            Err(PageMessage::StateMismatch)
        } else {
            Ok(())
        }
    }
}

impl ResultSession {
    /// Returns the sealed cookie value.
    pub(super) fn seal(&self, sealer: &CookieSealer) -> Option<String> {
        sealer
            .seal(CookiePurpose::ResultSession, &serde_json::to_vec(self).ok()?, random::bytes())
            .ok()
    }

    /// Unseals a cookie value.
    pub(super) fn unseal(sealer: &CookieSealer, cookie: &str) -> Option<Self> {
        serde_json::from_slice(sealer.unseal(CookiePurpose::ResultSession, cookie)?.expose_secret())
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::consent::cookie_cipher::KEY_LENGTH;

    fn session() -> AuthorizationSession {
        AuthorizationSession {
            place: ConnectionKey::parse("team", "mail").unwrap(),
            uid: "u".to_owned(),
            generation: 3,
            browser: Digest::from_bytes(b"browser"),
            state: "the state".into(),
            verifier: Some("the verifier".into()),
            ticket: "the ticket".into(),
            redirect_uri: "https://connect.example.com/callback/team/mail".to_owned(),
            expires_at: at(600),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_sealed_session_is_unsealed_and_fits_into_a_cookie() {
        let sealer = CookieSealer::new(&vec![1; KEY_LENGTH].into()).unwrap();
        let read =
            AuthorizationSession::unseal(&sealer, &session().seal(&sealer).unwrap()).unwrap();
        assert_eq!(read.state.expose_secret(), "the state");
        assert_eq!(read.verifier.unwrap().expose_secret(), "the verifier");
        assert_eq!(read.ticket.expose_secret(), "the ticket");
        assert_eq!((read.place, read.generation), (session().place, 3));
        let place = ConnectionKey::parse(&"n".repeat(63), &"c".repeat(240)).unwrap();
        let url = format!("https://{}.example.com/{}", "h".repeat(60), "p".repeat(600));
        let secret = || SecretString::from("s".repeat(43));
        let largest = AuthorizationSession {
            place,
            uid: "u".repeat(36),
            state: secret(),
            verifier: Some(secret()),
            ticket: secret(),
            redirect_uri: url,
            ..session()
        };
        // RFC 6265bis section 5.6: more than 4096 octets may be ignored.
        assert!(largest.seal(&sealer).unwrap().len() < 3_900);
    }

    #[test]
    fn a_cookie_of_one_kind_is_not_accepted_as_the_other() {
        let sealer = CookieSealer::new(&vec![1; KEY_LENGTH].into()).unwrap();
        let result = ResultSession {
            place: session().place,
            ticket: Digest::from_bytes(b"t"),
            expires_at: at(600),
        };
        let cookie = result.seal(&sealer).unwrap();
        assert!(AuthorizationSession::unseal(&sealer, &cookie).is_none());
        assert_eq!(ResultSession::unseal(&sealer, &cookie), Some(result));
        assert_eq!(ResultSession::unseal(&sealer, &session().seal(&sealer).unwrap()), None);
    }

    #[test]
    fn only_the_expected_response_in_the_starting_browser_is_accepted() {
        let (here, there) = (Digest::from_bytes(b"browser"), Digest::from_bytes(b"another"));
        let other = ConnectionKey::parse("team", "other").unwrap();
        let place = session().place;
        for (claim, place, browser, state, now, expected) in [
            ("the expected response", &place, Some(here), Some("the state"), 1, Ok(())),
            ("another state", &place, Some(here), Some("x"), 1, Err(PageMessage::StateMismatch)),
            ("no state", &place, Some(here), None, 1, Err(PageMessage::StateMismatch)),
            (
                "another browser",
                &place,
                Some(there),
                Some("the state"),
                1,
                Err(PageMessage::NotStartedHere),
            ),
            ("no cookie", &place, None, Some("the state"), 1, Err(PageMessage::NotStartedHere)),
            ("too late", &place, Some(here), Some("the state"), 600, Err(PageMessage::Expired)),
            (
                "another Connection's redirect URI",
                &other,
                Some(here),
                Some("the state"),
                1,
                Err(PageMessage::WrongConnection),
            ),
        ] {
            let state = state.map(SecretString::from);
            assert_eq!(
                session().check(place, browser, state.as_ref(), at(now)),
                expected,
                "{claim}"
            );
        }
    }

    #[test]
    fn debug_output_contains_no_secrets() {
        let text = format!("{:?}", session());
        for secret in ["the state", "the verifier", "the ticket"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
