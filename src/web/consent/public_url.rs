//! Where browsers reach the page. It is configured and never taken from a request.

use thiserror::Error;
use url::{Host, Url};

/// Why a public URL cannot be used.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PublicUrlError {
    /// Cookies and codes would go over the network in clear.
    #[error(
        "it must begin with https://; http:// is for this machine alone, with --allow-loopback"
    )]
    Insecure,
    /// It has what a base of other URLs cannot have.
    #[error(
        "it must be a scheme, a host and at most a path, as in https://connect.example.com/oauth"
    )]
    NotABase,
}

/// Checks that cookies and codes are safe on their way to a public URL.
///
/// # Errors
///
/// Returns why they are not.
pub fn check(url: &Url, allow_loopback: bool) -> Result<(), PublicUrlError> {
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
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The path that all of the page's paths begin with: empty, or `/oauth`.
#[must_use]
pub fn prefix(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_reach_the_page_by_tls_or_on_this_machine() {
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
    fn the_prefix_has_no_slash_at_its_end() {
        let of = |url| prefix(&Url::parse(url).unwrap()).to_owned();
        assert_eq!(of("https://connect.example.com"), "");
        assert_eq!(of("https://connect.example.com/oauth/"), "/oauth");
    }
}
