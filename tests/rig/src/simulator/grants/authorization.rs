//! The authorization endpoint (RFC 6749 section 4.1.1) and pushed requests (RFC 9126).

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use crate::simulator::behavior::Behavior;
use crate::simulator::grants::book::Authorized;
use crate::simulator::grants::consent::{Answer, Issuer};
use crate::simulator::grants::settings::Pushed;
use crate::simulator::grants::{Grants, Reply};
use crate::simulator::ledger::TokenRequest;
use crate::simulator::secret;

type Parameters = HashMap<String, String>;

impl Grants {
    /// Redirects with what the consent says. Where client or redirect URI are not known, nothing is
    /// redirected (RFC 6749 section 4.1.2.1).
    pub(super) fn authorize(&mut self, request: &TokenRequest, now: Timestamp) -> Reply {
        let mut parameters: Parameters = request.parameters().into_iter().collect();
        let pushed = parameters.get("request_uri").and_then(|uri| self.pushed.remove(uri));
        let was_pushed = pushed.is_some();
        parameters.extend(pushed.into_iter().flatten());
        let parameter = |name: &str| parameters.get(name).cloned().unwrap_or_default();
        let client = self.settings.client(&parameter("client_id"));
        let redirect_uri = parameter("redirect_uri");
        if !client.is_some_and(|client| client.redirect_uris.contains(&redirect_uri)) {
            return Reply::answer(400, Behavior::html(400, "<p>unknown client or redirect URI"));
        }
        let answer = match &self.consent.answer {
            Answer::Page(html) => return Reply::answer(200, Behavior::html(200, html)),
            _ if self.settings.pushed == Pushed::Demanded && !was_pushed => {
                error("invalid_request", Some("a pushed authorization request is demanded"))
            }
            _ => self.answer(&parameters, now),
        };
        let location = self.redirection(&redirect_uri, &parameters, answer);
        Reply::answer(302, Behavior::redirect(302, &location))
    }

    /// A code, or an error.
    fn answer(&mut self, parameters: &Parameters, now: Timestamp) -> Vec<(&'static str, String)> {
        if let Answer::Error { error: code, description } = &self.consent.answer {
            return error(code, description.as_deref());
        }
        let parameter = |name: &str| parameters.get(name).cloned();
        let challenge = parameter("code_challenge");
        let plain = parameter("code_challenge_method").as_deref() != Some("S256");
        if challenge.is_some() == plain || (challenge.is_none() && self.settings.pkce) {
            return error(
                "invalid_request",
                Some("code_challenge with the method S256 is demanded"),
            );
        }
        if parameter("response_type").as_deref() != Some("code") {
            return error("unsupported_response_type", None);
        }
        if let Some(injected) = &self.consent.code {
            return vec![("code", injected.clone())];
        }
        let family = self.book.open(Authorized {
            client_id: parameter("client_id").unwrap_or_default(),
            redirect_uri: parameter("redirect_uri").unwrap_or_default(),
            challenge,
            scope: parameter("scope"),
            nonce: parameter("nonce"),
        });
        vec![("code", self.book.code(family, now))]
    }

    /// The URL to go back to, with `state` and `iss`.
    fn redirection(
        &self,
        redirect_uri: &str,
        parameters: &Parameters,
        mut answer: Vec<(&'static str, String)>,
    ) -> String {
        let state = self.consent.state.as_ref().or_else(|| parameters.get("state"));
        answer.extend(state.map(|state| ("state", state.clone())));
        let issuer = match &self.consent.issuer {
            Issuer::Usual => self.settings.returns_issuer.then_some(&self.issuer),
            Issuer::Missing => None,
            Issuer::Other(issuer) => Some(issuer),
        };
        answer.extend(issuer.map(|issuer| ("iss", issuer.clone())));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        let joint = if redirect_uri.contains('?') { '&' } else { '?' };
        format!("{redirect_uri}{joint}{query}")
    }

    /// Takes a pushed request of a client that shows its secret. `client_id` is demanded in the body,
    /// as for any authorization request (RFC 9126 section 2.1).
    pub(super) fn push(&mut self, request: &TokenRequest) -> Reply {
        if let Err(why) = self.client(request) {
            return Reply::stranger(why);
        }
        let parameters = request.parameters();
        if !parameters.iter().any(|(name, _)| name == "client_id") {
            let body = json!({"error": "invalid_request", "error_description": "no client_id"});
            return Reply::answer(400, Behavior::json(400, &body));
        }
        let uri = format!("urn:ietf:params:oauth:request_uri:{}", secret::unique("request"));
        let mut parameters = parameters;
        parameters.retain(|(name, _)| !name.starts_with("client_secret"));
        self.pushed.insert(uri.clone(), parameters);
        Reply::answer(201, Behavior::json(201, &json!({"request_uri": uri, "expires_in": 60})))
    }
}

fn error(code: &str, description: Option<&str>) -> Vec<(&'static str, String)> {
    let description = description.map(|text| ("error_description", text.to_owned()));
    [("error", code.to_owned())].into_iter().chain(description).collect()
}
