//! What the page keeps in the browser, sealed.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::web::consent::connection_key::ConnectionKey;
use crate::web::consent::cookie_cipher::{CookieSealer, Purpose};
use crate::web::consent::messages::PageMessage;
use connection_core::connection::digest::Digest;
use connection_core::random;

/// An authorization that was begun in this browser: everything that its end needs.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationSession {
    /// The Connection.
    pub place: ConnectionKey,
    /// Its uid.
    pub uid: String,
    /// The generation of its spec.
    pub generation: i64,
    /// The browser.
    pub browser: Digest,
    /// `state`.
    pub state: SecretString,
    /// `code_verifier`, where there was a challenge.
    pub verifier: Option<SecretString>,
    /// The ticket.
    pub ticket: SecretString,
    /// `redirect_uri`.
    pub redirect_uri: String,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
}

/// An authorization whose answer has come.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct ResultSession {
    /// The Connection.
    pub place: ConnectionKey,
    /// The ticket's digest.
    pub ticket: Digest,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
}

/// [`AuthorizationSession`] on its way into a cookie and out of it.
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
    /// Seals it for a cookie.
    #[must_use]
    pub(super) fn seal(&self, sealer: &CookieSealer) -> Option<String> {
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
        sealer.seal(Purpose::PendingAuthorization, &plain, random::bytes()).ok()
    }

    /// Reads what [`seal`](Self::seal) made.
    #[must_use]
    pub(super) fn unseal(sealer: &CookieSealer, cookie: &str) -> Option<Self> {
        let plain = sealer.unseal(Purpose::PendingAuthorization, cookie)?;
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

    /// Whether an answer with this `state`, at this Connection's redirect URI and in this browser,
    /// is the one that is waited for.
    ///
    /// # Errors
    ///
    /// Returns what to tell the person.
    pub(super) fn check(
        &self,
        place: &ConnectionKey,
        browser: Option<Digest>,
        state: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<(), PageMessage> {
        let digest = |state: &SecretString| Digest::from_bytes(state.expose_secret().as_bytes());
        if self.place != *place {
            Err(PageMessage::AnotherConnection)
        } else if browser != Some(self.browser) {
            Err(PageMessage::NotBegunHere)
        } else if now >= self.expires_at {
            Err(PageMessage::Late)
        // Digests: the time that comparing them takes tells nothing of what they are made from.
        } else if state.map(digest) != Some(digest(&self.state)) {
            Err(PageMessage::AnotherState)
        } else {
            Ok(())
        }
    }
}

impl ResultSession {
    /// Seals it for a cookie.
    #[must_use]
    pub(super) fn seal(&self, sealer: &CookieSealer) -> Option<String> {
        sealer.seal(Purpose::ResultSession, &serde_json::to_vec(self).ok()?, random::bytes()).ok()
    }

    /// Reads what [`seal`](Self::seal) made.
    #[must_use]
    pub(super) fn unseal(sealer: &CookieSealer, cookie: &str) -> Option<Self> {
        serde_json::from_slice(sealer.unseal(Purpose::ResultSession, cookie)?.expose_secret()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::consent::cookie_cipher::KEY_LENGTH;

    fn begun() -> AuthorizationSession {
        AuthorizationSession {
            place: ConnectionKey::of("team", "mail").unwrap(),
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
    fn what_was_begun_is_read_as_it_was_sealed_and_fits_into_a_cookie() {
        let sealer = CookieSealer::new(&vec![1; KEY_LENGTH].into()).unwrap();
        let read = AuthorizationSession::unseal(&sealer, &begun().seal(&sealer).unwrap()).unwrap();
        assert_eq!(read.state.expose_secret(), "the state");
        assert_eq!(read.verifier.unwrap().expose_secret(), "the verifier");
        assert_eq!(read.ticket.expose_secret(), "the ticket");
        assert_eq!((read.place, read.generation), (begun().place, 3));
        let place = ConnectionKey::of(&"n".repeat(63), &"c".repeat(240)).unwrap();
        let url = format!("https://{}.example.com/{}", "h".repeat(60), "p".repeat(600));
        let secret = || SecretString::from("s".repeat(43));
        let largest = AuthorizationSession {
            place,
            uid: "u".repeat(36),
            state: secret(),
            verifier: Some(secret()),
            ticket: secret(),
            redirect_uri: url,
            ..begun()
        };
        // RFC 6265bis section 5.6: more than 4096 octets may be ignored.
        assert!(largest.seal(&sealer).unwrap().len() < 3_900);
    }

    #[test]
    fn a_cookie_of_one_kind_is_none_of_the_other() {
        let sealer = CookieSealer::new(&vec![1; KEY_LENGTH].into()).unwrap();
        let done = ResultSession {
            place: begun().place,
            ticket: Digest::from_bytes(b"t"),
            expires_at: at(600),
        };
        let cookie = done.seal(&sealer).unwrap();
        assert!(AuthorizationSession::unseal(&sealer, &cookie).is_none());
        assert_eq!(ResultSession::unseal(&sealer, &cookie), Some(done));
        assert_eq!(ResultSession::unseal(&sealer, &begun().seal(&sealer).unwrap()), None);
    }

    #[test]
    fn only_the_awaited_answer_in_the_browser_that_began_counts() {
        let (here, there) = (Digest::from_bytes(b"browser"), Digest::from_bytes(b"another"));
        let other = ConnectionKey::of("team", "other").unwrap();
        let place = begun().place;
        for (claim, place, browser, state, now, expected) in [
            ("it is", &place, Some(here), Some("the state"), 1, Ok(())),
            ("another state", &place, Some(here), Some("x"), 1, Err(PageMessage::AnotherState)),
            ("no state", &place, Some(here), None, 1, Err(PageMessage::AnotherState)),
            (
                "another browser",
                &place,
                Some(there),
                Some("the state"),
                1,
                Err(PageMessage::NotBegunHere),
            ),
            ("no cookie", &place, None, Some("the state"), 1, Err(PageMessage::NotBegunHere)),
            ("too late", &place, Some(here), Some("the state"), 600, Err(PageMessage::Late)),
            (
                "another Connection's redirect URI",
                &other,
                Some(here),
                Some("the state"),
                1,
                Err(PageMessage::AnotherConnection),
            ),
        ] {
            let state = state.map(SecretString::from);
            assert_eq!(begun().check(place, browser, state.as_ref(), at(now)), expected, "{claim}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let text = format!("{:?}", begun());
        for secret in ["the state", "the verifier", "the ticket"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
