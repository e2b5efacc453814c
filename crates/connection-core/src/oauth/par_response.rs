//! The answer to a pushed authorization request (RFC 9126 section 2.2).

use serde::Deserialize;

/// The longest `request_uri` that is taken, bytes.
const LONGEST_URI: usize = 2048;

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

/// Reads `request_uri` out of an answer; none where there is none that a URI can carry.
#[must_use]
pub fn read(status: u16, body: &[u8]) -> Option<String> {
    let Pushed { request_uri } = serde_json::from_slice(body).ok()?;
    let fits = (1..=LONGEST_URI).contains(&request_uri.len())
        && request_uri.bytes().all(|byte| byte.is_ascii_graphic());
    (matches!(status, 200 | 201) && fits).then_some(request_uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_request_uri_is_none() {
        let good = br#"{"request_uri":"urn:ietf:params:oauth:request_uri:x","expires_in":60}"#;
        assert_eq!(read(201, good).as_deref(), Some("urn:ietf:params:oauth:request_uri:x"));
        assert_eq!(read(400, good), None);
        assert_eq!(read(201, br#"{"error":"invalid_request"}"#), None);
        assert_eq!(read(201, br#"{"request_uri":"a b"}"#), None);
    }
}
