//! The authorization request (RFC 6749 section 4.1.1), as a URI for the browser or pushed to the
//! provider first (RFC 9126).

use std::collections::BTreeMap;

use url::Url;

use crate::oauth::parameters::Parameters;
use crate::oauth::pkce;

/// An authorization request. It holds nothing secret: the browser sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorizationRequest {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`.
    pub redirect_uri: String,
    /// `scope`.
    pub scope: Option<String>,
    /// `state`.
    pub state: String,
    /// `code_challenge` (RFC 7636); none for a provider that breaks on it.
    pub code_challenge: Option<String>,
    /// Further parameters, by name.
    pub parameters: BTreeMap<String, String>,
}

impl AuthorizationRequest {
    /// The URI to send the browser to. A query that the endpoint has already is kept (RFC 6749
    /// section 3.1).
    #[must_use]
    pub fn uri(&self, endpoint: &Url) -> Url {
        let mut uri = endpoint.clone();
        uri.query_pairs_mut().extend_pairs(self.pairs());
        uri
    }

    /// The same request as a form, to be pushed to the provider. It holds `client_id` unless the
    /// client's authentication adds it (RFC 9126 section 2.1).
    #[must_use]
    pub fn form(&self, with_id: bool) -> Parameters {
        let mut form = Parameters::default();
        for (name, value) in self.pairs().filter(|(name, _)| with_id || *name != "client_id") {
            form.add(name, value);
        }
        form
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let method = self.code_challenge.as_ref().map(|_| pkce::METHOD);
        let own = [
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id.as_str())),
            ("redirect_uri", Some(self.redirect_uri.as_str())),
            ("scope", self.scope.as_deref()),
            ("state", Some(self.state.as_str())),
            ("code_challenge", self.code_challenge.as_deref()),
            ("code_challenge_method", method),
        ];
        let further = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        own.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(further)
    }
}

/// The URI to send the browser to after the request was pushed (RFC 9126 section 4).
#[must_use]
pub fn pushed_uri(endpoint: &Url, client_id: &str, request_uri: &str) -> Url {
    let mut uri = endpoint.clone();
    uri.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("request_uri", request_uri);
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: "mail & more".to_owned(),
            redirect_uri: "https://connect.example.com/callback/ns/mail".to_owned(),
            scope: Some("openid mail.send".to_owned()),
            state: "s".to_owned(),
            code_challenge: Some("c".to_owned()),
            parameters: [("prompt".to_owned(), "consent".to_owned())].into(),
        }
    }

    #[test]
    fn the_uri_has_every_parameter_once_and_keeps_the_endpoints_own_query() {
        let endpoint = Url::parse("https://login.example.com/authorize?tenant=a").unwrap();
        assert_eq!(
            request().uri(&endpoint).as_str(),
            "https://login.example.com/authorize?tenant=a&response_type=code&client_id=mail+%26+more\
             &redirect_uri=https%3A%2F%2Fconnect.example.com%2Fcallback%2Fns%2Fmail&scope=openid+mail.send\
             &state=s&code_challenge=c&code_challenge_method=S256&prompt=consent"
        );
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let endpoint = Url::parse("https://login.example.com/authorize").unwrap();
        let bare = AuthorizationRequest { scope: None, code_challenge: None, ..request() };
        let uri = bare.uri(&endpoint);
        let names: Vec<_> = uri.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["response_type", "client_id", "redirect_uri", "state", "prompt"]);
    }

    #[test]
    fn a_pushed_request_shows_the_browser_its_name_alone() {
        let endpoint = Url::parse("https://login.example.com/authorize").unwrap();
        assert_eq!(
            pushed_uri(&endpoint, "mail", "urn:ietf:params:oauth:request_uri:x").as_str(),
            "https://login.example.com/authorize?client_id=mail&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax"
        );
    }
}
