//! Security headers of every response: no external content, frames, caches or referrers.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The style sheet, which is inlined in every page.
pub(super) const STYLE: &str = include_str!("pages/style.css");

/// Allows only this style, no scripts, forms only to the page itself, and no frames
/// (<https://www.w3.org/TR/CSP3/>).
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).ok()
});

const FIXED: [(HeaderName, HeaderValue); 7] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // URLs contain a ticket or a code, which a referrer would reveal to other sites.
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // For browsers that do not support `frame-ancestors`.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
];

/// Adds the headers of every response; HSTS only if `tls` is set.
pub(super) fn add(headers: &mut HeaderMap, tls: bool) {
    headers.extend(FIXED);
    if let Some(policy) = &*POLICY {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    // RFC 6797 section 7.2 forbids HSTS in responses over plain HTTP.
    if tls {
        // Without `includeSubDomains`: the subdomains may not belong to the operator.
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_forbids_what_the_page_does_not_need() {
        let mut headers = HeaderMap::new();
        add(&mut headers, true);
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.contains("; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
        let mut plain = HeaderMap::new();
        add(&mut plain, false);
        assert!(!plain.contains_key(STRICT_TRANSPORT_SECURITY), "no HSTS without TLS");
    }
}
