//! The authorization response (RFC 6749 section 4.1.2, RFC 9207).

use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use connection_client::store::handoff_secret::{CODE, ERROR, ISS};

/// The parameters of an authorization response.
#[derive(Debug)]
pub(super) struct Callback {
    /// `code`, `error` and `iss`, if present.
    pub values: Vec<(&'static str, SecretString)>,
}

/// The reason to reject a URL.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum CallbackError {
    /// Neither `code` nor `error`, or an empty value.
    #[error("the URL has neither a code nor an error: copy the complete URL")]
    Incomplete,
    #[error("the URL is not the redirect URI of this Connection: open the URL printed above")]
    WrongRedirectUri,
    /// RFC 6749 section 3.1 forbids it.
    #[error("the URL has a duplicate parameter: copy the URL unchanged")]
    DuplicateParameter,
    /// The response belongs to another authorization request.
    #[error("the URL belongs to another authorization request (state): open the URL printed above")]
    StateMismatch,
}

/// Parses the URL to which the provider redirected the browser.
///
/// # Errors
///
/// Returns an error unless it is the response to the request with this redirect URI and `state`.
pub(super) fn parse(url: &Url, redirect_uri: &Url, state: &str) -> Result<Callback, CallbackError> {
    let location =
        |url: &Url| (url.host_str().map(str::to_owned), url.port(), url.path().to_owned());
    if location(url) != location(redirect_uri) {
        return Err(CallbackError::WrongRedirectUri);
    }
    let get = |name: &str| {
        let mut pairs = url.query_pairs().filter(|(key, _)| key == name);
        let value = pairs.next().map(|(_, value)| value.into_owned());
        if pairs.next().is_some() { Err(CallbackError::DuplicateParameter) } else { Ok(value) }
    };
    // Before the code: a response with another state may be forged (RFC 6749 section 10.12).
    if get("state")?.as_deref() != Some(state) {
        return Err(CallbackError::StateMismatch);
    }
    let mut values: Vec<(&'static str, SecretString)> = Vec::new();
    for key in [CODE, ERROR, ISS] {
        // A parameter without a value counts as omitted (RFC 6749 section 3.1).
        let value = get(key)?.filter(|value| !value.is_empty());
        values.extend(value.map(|value| (key, value.into())));
    }
    if values.iter().any(|(key, _)| [CODE, ERROR].contains(key)) {
        Ok(Callback { values })
    } else {
        Err(CallbackError::Incomplete)
    }
}

/// Parses pasted text: a complete URL, or a part of it as browsers copy it, down to the bare query.
/// Returns None if the text is not part of a URL.
pub(super) fn parse_pasted(text: &str, redirect_uri: &Url) -> Option<Url> {
    // Mail clients and chats delimit URLs this way (RFC 3986 appendix C).
    let text = text.trim().trim_matches(['"', '\'', '<', '>']);
    // A bare query contains a URL too if it has `iss`; an equals sign comes before it.
    if text.contains("://") && !text.split('?').next()?.contains('=') {
        return Url::parse(text).ok();
    }
    let (path, query) = text.split_once('?').unwrap_or_else(|| {
        // A path has a slash before its first equals sign.
        let is_query = text.split_once('=').is_some_and(|(name, _)| !name.contains('/'));
        if is_query { ("", text) } else { (text, "") }
    });
    // Without a location, `state` alone proves that the response belongs to the request.
    let with_query = |query: &str| {
        let mut url = redirect_uri.clone();
        url.set_query(Some(query));
        url
    };
    if path.is_empty() {
        (!query.is_empty()).then(|| with_query(query))
    } else if path.starts_with('/') {
        // A text that starts with `//` names another host, which `parse` rejects.
        redirect_uri.join(text).ok()
    } else if path.contains('=') {
        // A query with a question mark in a value.
        Some(with_query(text))
    } else {
        // Some browsers copy the URL without its scheme.
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
    fn only_the_response_to_the_own_request_is_accepted() {
        let count = |url: &str| {
            let url = Url::parse(url).unwrap();
            parse(&url, &redirect(), "s").map(|callback| callback.values.len())
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
            assert_eq!(count(&format!("{BASE}?{query}")), expected, "{query}");
        }
        for location in
            ["http://127.0.0.1:8000/callback/ns/other", "http://evil.example/callback/ns/mail"]
        {
            assert_eq!(
                count(&format!("{location}?code=c&state=s")),
                Err(CallbackError::WrongRedirectUri)
            );
        }
    }

    #[test]
    fn a_part_of_the_url_is_sufficient() {
        for text in [
            "http://127.0.0.1:8000/callback/ns/mail?code=4/c&state=s",
            "  127.0.0.1:8000/callback/ns/mail?code=4/c&state=s\r\n",
            "/callback/ns/mail?code=4/c&state=s",
            "?code=4/c&state=s",
            "code=4/c&state=s",
            "\"code=4/c&state=s\"",
            "code=4/c&state=s&iss=https://login.example.com",
        ] {
            let url = parse_pasted(text, &redirect());
            let accepted = url.map(|url| parse(&url, &redirect(), "s").is_ok());
            assert_eq!(accepted, Some(true), "{text}");
        }
        for text in ["4/c", "", "?", "evil.example/callback/ns/mail?code=c&state=s"] {
            let url = parse_pasted(text, &redirect());
            assert!(url.is_none_or(|url| parse(&url, &redirect(), "s").is_err()), "{text}");
        }
    }
}
