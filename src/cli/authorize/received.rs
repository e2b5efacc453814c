//! What the provider sent the browser back with (RFC 6749 section 4.1.2, RFC 9207).

use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use crate::store::hand_over::{CODE, ERROR, ISS};

/// What the provider sent the browser back with.
#[derive(Debug)]
pub struct Received {
    /// `code`, `error` and `iss`, as far as they were there.
    pub values: Vec<(&'static str, SecretString)>,
}

/// Why an address is not the one that is waited for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NotOurs {
    /// Neither code nor error.
    #[error("the address has neither a code nor an error: copy it whole")]
    Incomplete,
    /// Another path.
    #[error("the address is not the redirect URI of this Connection")]
    Place,
    /// Another `state`: an answer to somebody else's question.
    #[error("the address answers another request than this one (state)")]
    State,
}

/// Reads the address that the browser ended at.
pub fn read(address: &Url, redirect_uri: &Url, state: &str) -> Result<Received, NotOurs> {
    let place = |url: &Url| (url.host_str().map(str::to_owned), url.port(), url.path().to_owned());
    if place(address) != place(redirect_uri) {
        return Err(NotOurs::Place);
    }
    let get = |name: &str| {
        let mut pairs = address.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if get("state").as_deref() != Some(state) {
        return Err(NotOurs::State);
    }
    let values: Vec<_> =
        [CODE, ERROR, ISS].into_iter().filter_map(|key| Some((key, get(key)?.into()))).collect();
    if values.iter().any(|(key, _)| [CODE, ERROR].contains(key)) {
        Ok(Received { values })
    } else {
        Err(NotOurs::Incomplete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_ones_own_question_is_taken() {
        let redirect = Url::parse("http://127.0.0.1:8000/callback/ns/mail").unwrap();
        let of = |address: &str| {
            let address = Url::parse(address).unwrap();
            read(&address, &redirect, "s").map(|one| one.values.len())
        };
        let base = "http://127.0.0.1:8000/callback/ns/mail";
        assert_eq!(of(&format!("{base}?code=c&state=s&iss=i")), Ok(2));
        assert_eq!(of(&format!("{base}?error=access_denied&state=s")), Ok(1));
        assert_eq!(of(&format!("{base}?code=c&state=other")), Err(NotOurs::State));
        assert_eq!(of(&format!("{base}?code=c")), Err(NotOurs::State));
        assert_eq!(of(&format!("{base}?state=s")), Err(NotOurs::Incomplete));
        for place in
            ["http://127.0.0.1:8000/callback/ns/other", "http://evil.example/callback/ns/mail"]
        {
            assert_eq!(of(&format!("{place}?code=c&state=s")), Err(NotOurs::Place));
        }
    }
}
