//! The page's cookies (RFC 6265bis). Their prefixes make the browser accept them only from the page's
//! host over TLS.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// A random identifier of the browser, which grants nothing.
pub(super) const BROWSER: &str = "__Host-connection-browser";

/// The sealed authorization session. It is limited to the path of its Connection's redirect URI, so
/// that Connections do not interfere and request heads stay small.
pub(super) const ATTEMPT: &str = "__Secure-connection-attempt";

/// The sealed result session.
pub(super) const DONE: &str = "__Secure-connection-done";

/// Returns the values of a cookie; several if the browser has it for several paths.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let fields = headers.get_all(COOKIE).into_iter().filter_map(|field| field.to_str().ok());
    let pairs = fields.flat_map(|field| field.split(';'));
    pairs.filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Returns a `Set-Cookie` value. The lifetime is in seconds; none is a session cookie. Returns none if
/// the name, value or path contain invalid characters.
pub(super) fn set(
    name: &str,
    value: &str,
    path: &str,
    lifetime: Option<i64>,
) -> Option<HeaderValue> {
    let lifetime = lifetime.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    // Lax, not Strict: the browser must send the cookies after a redirect from the provider.
    let text = format!("{name}={value}; Path={path}{lifetime}; Secure; HttpOnly; SameSite=Lax");
    let mut value = HeaderValue::from_str(&text).ok()?;
    // Its debug output then hides the value.
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_exact_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; ab=2;c=x=y"));
        headers.append(COOKIE, HeaderValue::from_static("a=3"));
        let all = |name| values(&headers, name).collect::<Vec<_>>();
        assert_eq!(all("a"), ["1", "3"]);
        assert_eq!(all("ab"), ["2"]);
        assert_eq!(all("c"), ["x=y"]);
        assert_eq!(all("b"), [""; 0]);
    }

    #[test]
    fn every_cookie_is_limited_to_this_host_over_tls_without_scripts() {
        let browser = set(BROWSER, "v", "/", None).unwrap();
        assert_eq!(
            browser.to_str().unwrap(),
            "__Host-connection-browser=v; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        let attempt = set(ATTEMPT, "v", "/callback/team/mail", Some(600)).unwrap();
        assert!(attempt.to_str().unwrap().contains("; Path=/callback/team/mail; Max-Age=600;"));
        assert!(attempt.is_sensitive());
        assert!(set(DONE, "a\nb", "/", None).is_none());
    }
}
