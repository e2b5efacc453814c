//! The response to a pushed authorization request (RFC 9126 section 2.2).

use serde::Deserialize;

/// Longest `request_uri` that is accepted, bytes.
const MAX_URI_BYTES: usize = 2048;

#[derive(Deserialize)]
struct ParResponse {
    request_uri: String,
}

/// Returns the `request_uri` of a successful response. `None` if it is missing, too long or
/// contains characters that are not allowed in a URI.
pub fn request_uri(status: u16, body: &[u8]) -> Option<String> {
    let ParResponse { request_uri } = serde_json::from_slice(body).ok()?;
    let fits = (1..=MAX_URI_BYTES).contains(&request_uri.len())
        && request_uri.bytes().all(|byte| byte.is_ascii_graphic());
    // RFC 9126 requires 201, but some providers respond with 200.
    (matches!(status, 200 | 201) && fits).then_some(request_uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_successful_response_has_a_request_uri() {
        let good = br#"{"request_uri":"urn:ietf:params:oauth:request_uri:x","expires_in":60}"#;
        assert_eq!(request_uri(201, good).as_deref(), Some("urn:ietf:params:oauth:request_uri:x"));
        assert_eq!(request_uri(400, good), None);
        assert_eq!(request_uri(201, br#"{"error":"invalid_request"}"#), None);
        assert_eq!(request_uri(201, br#"{"request_uri":"a b"}"#), None);
    }
}
