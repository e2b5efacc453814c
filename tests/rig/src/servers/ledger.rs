//! What a server was asked.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One token request, as the server saw it. The assertion's parts are decoded, not verified.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it came, in seconds since 1970, by the machine's clock.
    pub time: f64,
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// The names of the form parameters, sorted.
    pub parameters: Vec<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `client_id` of the form.
    pub client_id: Option<String>,
    /// The scheme of the `Authorization` header.
    pub authorization: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// `assertion` or `client_assertion`.
    pub assertion: Option<String>,
    /// The assertion's JOSE header.
    pub header: Option<Map<String, Value>>,
    /// The assertion's claims.
    pub claims: Option<Map<String, Value>>,
    /// `x5t` and `x5t#S256` of the certificate registered for the assertion's issuer.
    pub registered_thumbprints: Option<Map<String, Value>>,
    /// The status of the answer.
    pub status: u16,
    /// `error` of the answer.
    pub error: Option<String>,
    /// `error_description` of the answer.
    pub error_description: Option<String>,
    /// Why the server rejected the request, if the client does not see it.
    pub error_detail: Option<String>,
    /// The access token that was issued.
    pub access_token: Option<String>,
    /// The client that the request names, in any way. This and what follows is oidc-provider's
    /// alone.
    pub client: Option<String>,
    /// The authorization code that was presented.
    pub code: Option<String>,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// The refresh token that was presented.
    pub refresh_token: Option<String>,
    /// The refresh token that was issued.
    pub issued_refresh_token: Option<String>,
    /// The ID token that was issued.
    pub id_token: Option<String>,
}
