//! What the simulator does with a request: a status, a body, and how the body goes out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::simulator::body;
use crate::simulator::clock;
use crate::simulator::gate::Gate;
use crate::simulator::token::{Expiry, TokenAnswer};

/// What an answer carries.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Token(Box<TokenAnswer>),
    Bytes { media_type: &'static str, octets: Vec<u8> },
    Huge(u64),
    Endless,
}

/// How an answer goes out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    Whole,
    Drip(Duration),
    Truncated(usize),
    CloseBeforeHeaders,
    CloseAfterHeaders,
}

/// When a client may come back (RFC 9110 section 10.2.3).
#[derive(Clone, Debug)]
pub enum RetryAfter {
    /// In so many seconds.
    Seconds(u64),
    /// In so many seconds, said as an HTTP date.
    Date(i64),
    /// A value as given.
    Text(String),
}

/// What the simulator does with a request. Start with one of the constructors, then change it.
#[derive(Clone, Debug)]
pub struct Behavior {
    pub(super) delay: Duration,
    pub(super) gate: Option<Gate>,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content: Content,
    pub(super) pace: Pace,
}

impl Default for Behavior {
    fn default() -> Self {
        Self::token()
    }
}

impl Behavior {
    fn new(status: u16, content: Content) -> Self {
        Self {
            delay: Duration::ZERO,
            gate: None,
            status,
            headers: Vec::new(),
            content,
            pace: Pace::Whole,
        }
    }

    fn bytes(status: u16, media_type: &'static str, octets: Vec<u8>) -> Self {
        Self::new(status, Content::Bytes { media_type, octets })
    }

    /// An access token for one hour.
    #[must_use]
    pub fn token() -> Self {
        Self::new(200, Content::Token(Box::default()))
    }

    /// An OAuth error (RFC 6749 section 5.2), with any status: some providers say 200.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"error": code}))
    }

    /// An OAuth error with an `error_description`.
    #[must_use]
    pub fn described_error(status: u16, code: &str, description: &str) -> Self {
        Self::json(status, &json!({"error": code, "error_description": description}))
    }

    /// Any JSON.
    #[must_use]
    pub fn json(status: u16, value: &Value) -> Self {
        Self::bytes(status, "application/json", value.to_string().into_bytes())
    }

    /// An HTML page.
    #[must_use]
    pub fn html(status: u16, page: &str) -> Self {
        Self::bytes(status, "text/html; charset=utf-8", page.as_bytes().to_vec())
    }

    /// Text of any kind, said to be JSON.
    #[must_use]
    pub fn text(status: u16, text: &str) -> Self {
        Self::bytes(status, "application/json", text.as_bytes().to_vec())
    }

    /// Nothing but a status.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self::bytes(status, "text/plain", Vec::new())
    }

    /// 429 with `Retry-After`.
    #[must_use]
    pub fn too_many_requests(retry_after: RetryAfter) -> Self {
        Self::error(429, "temporarily_unavailable").retry_after(retry_after)
    }

    /// A redirect (301 to 308) to another URL.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::empty(status).header("location", location)
    }

    /// A JSON string of so many bytes.
    #[must_use]
    pub fn huge(bytes: u64) -> Self {
        Self::new(200, Content::Huge(bytes))
    }

    /// A body without an end.
    #[must_use]
    pub fn endless() -> Self {
        Self::new(200, Content::Endless)
    }

    /// A small gzip body that unpacks to so many bytes. It is packed here, not at each request, where
    /// a busy machine would be late with the answer.
    #[must_use]
    pub fn gzip_bomb(bytes: u64) -> Self {
        let octets = body::gzip_bomb(bytes);
        let content = Content::Bytes { media_type: "application/json", octets };
        Self::new(200, content).header("content-encoding", "gzip")
    }

    /// The connection closes before the answer's headers.
    #[must_use]
    pub fn close_before_headers() -> Self {
        Self { pace: Pace::CloseBeforeHeaders, ..Self::empty(200) }
    }

    /// What is asked for is done, then the connection closes without an answer: a token is issued, a
    /// refresh token rotated, and the client hears nothing of it.
    #[must_use]
    pub fn lost() -> Self {
        Self { pace: Pace::CloseBeforeHeaders, ..Self::token() }
    }

    /// The connection closes after the answer's headers.
    #[must_use]
    pub fn close_after_headers() -> Self {
        Self { pace: Pace::CloseAfterHeaders, ..Self::token() }
    }

    /// Answers after a while.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the response when the gate is open.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// Sends the body one byte at a time, so far apart.
    #[must_use]
    pub fn drip(mut self, gap: Duration) -> Self {
        self.pace = Pace::Drip(gap);
        self
    }

    /// Closes the connection after so many bytes of the body; `Content-Length` is the whole.
    #[must_use]
    pub fn truncated(mut self, bytes: usize) -> Self {
        self.pace = Pace::Truncated(bytes);
        self
    }

    /// Answers with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header field; it replaces one that the simulator would set itself, such as `date`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds `Retry-After`.
    #[must_use]
    pub fn retry_after(self, retry_after: RetryAfter) -> Self {
        let value = match retry_after {
            RetryAfter::Seconds(seconds) => seconds.to_string(),
            RetryAfter::Date(seconds) => clock::http_date(seconds),
            RetryAfter::Text(text) => text,
        };
        self.header("retry-after", &value)
    }

    /// The token's lifetime in seconds. Changes token answers only, like all that follow.
    #[must_use]
    pub fn lifetime(self, seconds: f64) -> Self {
        self.with_token(|token| token.lifetime = seconds)
    }

    /// How the response states the expiry.
    #[must_use]
    pub fn expiry(self, expiry: Expiry) -> Self {
        self.with_token(|token| token.expiry = expiry)
    }

    /// Leaves out `token_type`, or says another.
    #[must_use]
    pub fn token_type(self, token_type: Option<&str>) -> Self {
        self.with_token(|token| token.token_type = token_type.map(str::to_owned))
    }

    /// Always issues this token: an empty one, or one with CR and LF in it.
    #[must_use]
    pub fn access_token(self, access_token: &str) -> Self {
        self.with_token(|token| token.access_token = Some(access_token.to_owned()))
    }

    /// Issues JWT access tokens with an `exp`; their signature is not one.
    #[must_use]
    pub fn jwt(self) -> Self {
        self.with_token(|token| token.jwt = true)
    }

    /// Adds a field to the answer, or replaces one: `scope` as a list, `instance_url`, objects.
    #[must_use]
    pub fn field(self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.with_token(|token| {
            token.extra.insert(name.to_owned(), value);
        })
    }

    fn with_token(mut self, change: impl FnOnce(&mut TokenAnswer)) -> Self {
        if let Content::Token(token) = &mut self.content {
            change(token);
        }
        self
    }
}
