//! The public URL of the page. It is configured, and never derived from a request.

use thiserror::Error;
use url::{Host, Url};

/// An error in the public URL.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PublicUrlError {
    /// Cookies and codes would be sent without encryption.
    #[error(
        "set an https:// URL; http:// is only allowed for loopback addresses with --allow-loopback"
    )]
    Insecure,
    /// Other URLs cannot be derived from the URL.
    #[error("set a scheme, a host and optionally a path, as in https://connect.example.com/oauth")]
    NotABase,
}

/// Checks that the public URL uses TLS or a loopback address, and is a base URL.
///
/// # Errors
///
/// Returns the violation.
pub fn check(url: &Url, allow_loopback: bool) -> Result<(), PublicUrlError> {
    // The path becomes part of cookie attributes and headers, so it must need no escape.
    let plain =
        url.path().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte));
    let bare = url.username().is_empty() && url.password().is_none();
    if url.query().is_some() || url.fragment().is_some() || !bare || !plain {
        return Err(PublicUrlError::NotABase);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_loopback && is_loopback(url) => Ok(()),
        _ => Err(PublicUrlError::Insecure),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // RFC 6761 section 6.3 reserves this name for loopback addresses.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Returns the prefix of all paths, empty or for example `/oauth`.
#[must_use]
pub fn prefix(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_url_requires_tls_or_a_loopback_address() {
        use PublicUrlError::{Insecure, NotABase};
        for (url, loopback, expected) in [
            ("https://connect.example.com", false, Ok(())),
            ("https://connect.example.com/oauth/", false, Ok(())),
            ("http://connect.example.com", true, Err(Insecure)),
            ("http://127.0.0.1:8081", false, Err(Insecure)),
            ("http://127.0.0.1:8081", true, Ok(())),
            ("http://[::1]:8081", true, Ok(())),
            ("http://localhost:8081", true, Ok(())),
            ("ftp://localhost", true, Err(Insecure)),
            ("https://connect.example.com/?a=b", false, Err(NotABase)),
            ("https://connect.example.com/#a", false, Err(NotABase)),
            ("https://me@connect.example.com", false, Err(NotABase)),
            ("https://connect.example.com/a;b", false, Err(NotABase)),
        ] {
            assert_eq!(check(&Url::parse(url).unwrap(), loopback), expected, "{url}");
        }
    }

    #[test]
    fn the_prefix_has_no_trailing_slash() {
        let of = |url| prefix(&Url::parse(url).unwrap()).to_owned();
        assert_eq!(of("https://connect.example.com"), "");
        assert_eq!(of("https://connect.example.com/oauth/"), "/oauth");
    }
}
