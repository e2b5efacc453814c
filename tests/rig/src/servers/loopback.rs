//! A blocking HTTP client of a few lines for servers on 127.0.0.1: one request, one connection.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header field, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Asks for a URL.
///
/// # Errors
/// If the connection fails, takes over 30 s, or the answer is not HTTP.
pub fn get(url: &str) -> io::Result<Answer> {
    exchange(url, "GET", &[], "")
}

/// Posts a form (`application/x-www-form-urlencoded`), with further header fields.
///
/// # Errors
/// If the connection fails, takes over 30 s, or the answer is not HTTP.
pub fn post_form(url: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> io::Result<Answer> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    exchange(url, "POST", &all, &body)
}

/// Sends a request with these header fields and this body.
///
/// # Errors
/// If the connection fails, takes over 30 s, or the answer is not HTTP.
pub fn exchange(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let rest = url.strip_prefix("http://").ok_or_else(|| invalid("the URL is not http"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let fields: String =
        headers.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]).collect();
    let length = body.len();
    // HTTP/1.0: the answer ends with the connection and comes in one piece.
    let request = format!(
        "{method} /{path} HTTP/1.0\r\nHost: {authority}\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets)?;
    parsed(&octets).ok_or_else(|| invalid("the answer is not HTTP"))
}

fn parsed(octets: &[u8]) -> Option<Answer> {
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&octets[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer { status, headers, body: octets[end + 4..].to_vec() })
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}
