//! The authorization request (RFC 6749 section 4.1.1), as a URI for the browser or as a pushed
//! request (RFC 9126).

use std::collections::BTreeMap;

use url::Url;

use crate::oauth::parameters::Parameters;
use crate::oauth::pkce;

/// An authorization request. Contains nothing secret, because the browser sends it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: Option<String>,
    pub state: String,
    /// PKCE (RFC 7636); `None` for a provider that rejects the parameter.
    pub code_challenge: Option<String>,
    /// Additional parameters, by name.
    pub parameters: BTreeMap<String, String>,
}

impl AuthorizationRequest {
    /// Returns the URI to redirect the browser to. Keeps the query of the endpoint (RFC 6749
    /// section 3.1).
    pub fn uri(&self, endpoint: &Url) -> Url {
        let mut uri = endpoint.clone();
        uri.query_pairs_mut().extend_pairs(self.pairs());
        uri
    }

    /// Returns the request as the form of a pushed request. Set `with_client_id` unless the client
    /// authentication adds `client_id` (RFC 9126 section 2.1).
    pub fn form(&self, with_client_id: bool) -> Parameters {
        let mut form = Parameters::default();
        for (name, value) in self.pairs().filter(|(name, _)| with_client_id || *name != "client_id")
        {
            form.add(name, value);
        }
        form
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        // Without a method the server would assume `plain` (RFC 7636 section 4.3).
        let method = self.code_challenge.as_ref().map(|_| pkce::METHOD);
        let standard = [
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id.as_str())),
            ("redirect_uri", Some(self.redirect_uri.as_str())),
            ("scope", self.scope.as_deref()),
            ("state", Some(self.state.as_str())),
            ("code_challenge", self.code_challenge.as_deref()),
            ("code_challenge_method", method),
        ];
        let additional =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        standard.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(additional)
    }
}

/// Returns the URI to redirect the browser to after a pushed request (RFC 9126 section 4).
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
    fn the_uri_contains_every_parameter_once_and_keeps_the_query_of_the_endpoint() {
        let endpoint = Url::parse("https://login.example.com/authorize?tenant=a").unwrap();
        assert_eq!(
            request().uri(&endpoint).as_str(),
            "https://login.example.com/authorize?tenant=a&response_type=code&client_id=mail+%26+more\
             &redirect_uri=https%3A%2F%2Fconnect.example.com%2Fcallback%2Fns%2Fmail&scope=openid+mail.send\
             &state=s&code_challenge=c&code_challenge_method=S256&prompt=consent"
        );
    }

    #[test]
    fn optional_parameters_are_omitted_if_unset() {
        let endpoint = Url::parse("https://login.example.com/authorize").unwrap();
        let bare = AuthorizationRequest { scope: None, code_challenge: None, ..request() };
        let uri = bare.uri(&endpoint);
        let names: Vec<_> = uri.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["response_type", "client_id", "redirect_uri", "state", "prompt"]);
    }

    #[test]
    fn the_uri_of_a_pushed_request_contains_only_the_client_id_and_the_request_uri() {
        let endpoint = Url::parse("https://login.example.com/authorize").unwrap();
        assert_eq!(
            pushed_uri(&endpoint, "mail", "urn:ietf:params:oauth:request_uri:x").as_str(),
            "https://login.example.com/authorize?client_id=mail&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax"
        );
    }
}
