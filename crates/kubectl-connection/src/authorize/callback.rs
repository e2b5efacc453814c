//! What the provider sent the browser back with (RFC 6749 section 4.1.2, RFC 9207).

use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use connection_client::store::handoff_secret::{CODE, ERROR, ISS};

/// What the provider sent the browser back with.
#[derive(Debug)]
pub(super) struct Callback {
    /// `code`, `error` and `iss`, as far as they were there.
    pub values: Vec<(&'static str, SecretString)>,
}

/// Why an address is not the one that is waited for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum CallbackError {
    /// Neither code nor error, or one that is empty.
    #[error("the address has neither a code nor an error: copy it whole")]
    Incomplete,
    /// Another path.
    #[error("the address is not the redirect URI of this Connection")]
    WrongRedirectUri,
    /// The same parameter twice (RFC 6749 section 3.1 forbids it).
    #[error("the address has the same parameter twice, as no provider sends it")]
    DuplicateParameter,
    /// Another `state`: an answer to somebody else's question.
    #[error("the address answers another request than this one (state)")]
    StateMismatch,
}

/// Reads the address that the browser ended at.
pub(super) fn read(
    address: &Url,
    redirect_uri: &Url,
    state: &str,
) -> Result<Callback, CallbackError> {
    let place = |url: &Url| (url.host_str().map(str::to_owned), url.port(), url.path().to_owned());
    if place(address) != place(redirect_uri) {
        return Err(CallbackError::WrongRedirectUri);
    }
    let get = |name: &str| {
        let mut pairs = address.query_pairs().filter(|(key, _)| key == name);
        let value = pairs.next().map(|(_, value)| value.into_owned());
        if pairs.next().is_some() { Err(CallbackError::DuplicateParameter) } else { Ok(value) }
    };
    if get("state")?.as_deref() != Some(state) {
        return Err(CallbackError::StateMismatch);
    }
    let mut values: Vec<(&'static str, SecretString)> = Vec::new();
    for key in [CODE, ERROR, ISS] {
        let value = get(key)?.filter(|value| !value.is_empty());
        values.extend(value.map(|value| (key, value.into())));
    }
    if values.iter().any(|(key, _)| [CODE, ERROR].contains(key)) {
        Ok(Callback { values })
    } else {
        Err(CallbackError::Incomplete)
    }
}

/// Reads what a person pasted: the whole address, or as much of it as a browser's address bar gives.
/// None where it is nothing of an address.
pub(super) fn pasted(text: &str, redirect_uri: &Url) -> Option<Url> {
    let text = text.trim().trim_matches(['"', '\'', '<', '>']);
    if text.contains("://") && !text.split('?').next()?.contains('=') {
        return Url::parse(text).ok();
    }
    let (before, query) = text.split_once('?').unwrap_or_else(|| {
        let alone = text.split_once('=').is_some_and(|(name, _)| !name.contains('/'));
        if alone { ("", text) } else { (text, "") }
    });
    if before.is_empty() {
        let mut address = redirect_uri.clone();
        address.set_query(Some(query));
        (!query.is_empty()).then_some(address)
    } else if before.starts_with('/') {
        redirect_uri.join(text).ok()
    } else if before.contains('=') {
        let mut address = redirect_uri.clone();
        address.set_query(Some(text));
        Some(address)
    } else {
        Url::parse(&format!("{}://{text}", redirect_uri.scheme())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://127.0.0.1:8000/callback/ns/mail";

    fn redirect() -> Url {
        Url::parse(BASE).unwrap()
    }

    #[test]
    fn only_the_answer_to_ones_own_question_is_taken() {
        let of = |address: &str| {
            let address = Url::parse(address).unwrap();
            read(&address, &redirect(), "s").map(|one| one.values.len())
        };
        for (query, expected) in [
            ("code=c&state=s&iss=i", Ok(2)),
            ("error=access_denied&state=s", Ok(1)),
            ("code=c&state=other", Err(CallbackError::StateMismatch)),
            ("code=c", Err(CallbackError::StateMismatch)),
            ("state=s", Err(CallbackError::Incomplete)),
            ("code=&state=s", Err(CallbackError::Incomplete)),
            ("code=c&code=d&state=s", Err(CallbackError::DuplicateParameter)),
            ("code=c&state=s&state=s", Err(CallbackError::DuplicateParameter)),
        ] {
            assert_eq!(of(&format!("{BASE}?{query}")), expected, "{query}");
        }
        for place in
            ["http://127.0.0.1:8000/callback/ns/other", "http://evil.example/callback/ns/mail"]
        {
            assert_eq!(
                of(&format!("{place}?code=c&state=s")),
                Err(CallbackError::WrongRedirectUri)
            );
        }
    }

    #[test]
    fn a_part_of_the_address_is_enough() {
        for text in [
            "http://127.0.0.1:8000/callback/ns/mail?code=4/c&state=s",
            "  127.0.0.1:8000/callback/ns/mail?code=4/c&state=s\r\n",
            "/callback/ns/mail?code=4/c&state=s",
            "?code=4/c&state=s",
            "code=4/c&state=s",
            "\"code=4/c&state=s\"",
            "code=4/c&state=s&iss=https://login.example.com",
        ] {
            let address = pasted(text, &redirect());
            let read = address.map(|one| read(&one, &redirect(), "s").is_ok());
            assert_eq!(read, Some(true), "{text}");
        }
        for text in ["4/c", "", "?", "evil.example/callback/ns/mail?code=c&state=s"] {
            let address = pasted(text, &redirect());
            assert!(address.is_none_or(|one| read(&one, &redirect(), "s").is_err()), "{text}");
        }
    }
}
