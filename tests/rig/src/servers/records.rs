//! Requests to oidc-provider other than token requests, and what happened to grants.

use serde::Deserialize;

/// Everything but token requests, oldest first in each list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Records {
    /// Requests to the authorization endpoint (RFC 6749 section 4.1.1).
    pub authorizations: Vec<Request>,
    /// Pushed authorization requests (RFC 9126).
    pub pushed: Vec<Request>,
    /// Revocations (RFC 7009).
    pub revocations: Vec<Request>,
    /// What happened to codes, tokens and grants.
    pub events: Vec<Event>,
}

/// One request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// When it was answered, in seconds since 1970, by the machine's clock.
    pub time: f64,
    /// The client that the request names, in any way.
    pub client_id: Option<String>,
    /// The parameters in order, of the URL and of the body.
    pub parameters: Vec<(String, String)>,
    /// The status of the answer.
    pub status: u16,
    /// `error` of the answer, if it is JSON.
    pub error: Option<String>,
    /// `error_description` of the answer, if it is JSON.
    pub error_description: Option<String>,
}

/// One event, by the name that oidc-provider has for it: `authorization.error`,
/// `authorization_code.consumed`, `grant.revoked`, `refresh_token.consumed`,
/// `refresh_token.destroyed` or `server_error`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When it was, in seconds since 1970, by the machine's clock.
    pub time: f64,
    /// The event's name.
    pub name: String,
    /// The path of the request that brought it about, where known.
    pub path: Option<String>,
    /// The `grant_type` of that request.
    pub grant_type: Option<String>,
    /// The grant in question, if there is one.
    pub grant_id: Option<String>,
    /// What went wrong, where something did.
    pub detail: Option<String>,
}

impl Request {
    /// A parameter, by its name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Records {
    /// Grants revoked because a code or a refresh token was presented twice (RFC 6749 sections 4.1.2
    /// and 10.4). A client that does all right has brought about none.
    #[must_use]
    pub fn reuses(&self) -> Vec<&Event> {
        let reuse = |event: &&Event| {
            event.name == "grant.revoked" && event.path.as_deref() == Some("/token")
        };
        self.events.iter().filter(reuse).collect()
    }
}
