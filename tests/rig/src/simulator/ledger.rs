//! What the simulator was asked, kept as it came and decoded on demand.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// One request, most often to the token endpoint.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// When it was there in full.
    pub received: Timestamp,
    /// The HTTP method; a client that follows a redirect may turn to GET.
    pub method: Box<str>,
    /// The path of the URL.
    pub path: Box<str>,
    /// The query of the URL; empty if there is none.
    pub query: Box<str>,
    /// The `Authorization` header.
    pub authorization: Option<Box<str>>,
    /// The `Content-Type` header.
    pub content_type: Option<Box<str>>,
    /// The `User-Agent` header.
    pub user_agent: Option<Box<str>>,
    /// The body as it came; empty where bodies are not kept.
    pub body: Box<[u8]>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Not answered yet.
    Pending,
    /// An access token was issued.
    Token(Box<str>),
    /// The assertion was refused, and why.
    Refused(Box<str>),
    /// Answered as scripted, with this status and no token.
    Scripted(u16),
}

impl TokenRequest {
    /// The parameters in order, of the query and of the form.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        self.pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    /// A parameter, by its name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query.as_bytes()).chain(form_urlencoded::parse(&self.body))
    }

    /// `assertion` or `client_assertion`.
    #[must_use]
    pub fn assertion(&self) -> Option<String> {
        self.parameter("assertion").or_else(|| self.parameter("client_assertion"))
    }

    /// The assertion's JOSE header, unverified.
    #[must_use]
    pub fn header(&self) -> Option<Map<String, Value>> {
        decoded(&self.assertion()?, 0)
    }

    /// The assertion's claims, unverified.
    #[must_use]
    pub fn claims(&self) -> Option<Map<String, Value>> {
        decoded(&self.assertion()?, 1)
    }

    /// `iss` of the assertion, unverified.
    #[must_use]
    pub fn issuer(&self) -> Option<String> {
        Some(self.claims()?.get("iss")?.as_str()?.to_owned())
    }

    /// The client id, from the form or from HTTP Basic (RFC 6749 section 2.3.1).
    #[must_use]
    pub fn client_id(&self) -> Option<String> {
        self.parameter("client_id").or_else(|| Some(self.basic()?.0))
    }

    /// Client id and secret of HTTP Basic, form-decoded as RFC 6749 section 2.3.1 has it.
    #[must_use]
    pub fn basic(&self) -> Option<(String, String)> {
        let encoded = self.authorization.as_deref()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((form_decoded(id), form_decoded(secret)))
    }
}

/// The header (0) or the claims (1) of a JWT, unverified.
pub(crate) fn decoded(jwt: &str, part: usize) -> Option<Map<String, Value>> {
    let octets = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(part)?).ok()?;
    serde_json::from_slice(&octets).ok()
}

fn form_decoded(text: &str) -> String {
    // A form of one name and no value decodes the name; '=' and '&' cannot be in an encoded name.
    form_urlencoded::parse(text.as_bytes()).next().map(|(n, _)| n.into_owned()).unwrap_or_default()
}
