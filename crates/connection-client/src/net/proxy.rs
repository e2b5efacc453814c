//! A proxy and its bypass list.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

use crate::net::host_pattern::HostPattern;

/// A proxy. All requests use it, except those to the hosts of its bypass list.
#[derive(Clone, Debug)]
pub struct ProxyServer {
    address: Url,
    username: Option<String>,
    password: Option<SecretString>,
    bypass: Vec<HostPattern>,
}

/// The cause of an invalid proxy. The text continues "key `address` of Secret `x` ".
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ProxyError {
    #[error(
        "must be a URL such as http://proxy.example.com:3128, with the scheme http, https, socks5 or socks5h, and without user name, path or query"
    )]
    Address,
    #[error(
        "needs a shorter username and password: a SOCKS proxy accepts at most 255 bytes of each (RFC 1929)"
    )]
    CredentialsTooLong,
    #[error("needs a username in addition to the password: set `username`, or remove `password`")]
    UsernameMissing,
}

impl ProxyServer {
    /// Parses a proxy. Rejects addresses that the HTTP client cannot use, because it would silently
    /// send requests without a proxy.
    pub fn new(
        address: &str,
        username: Option<String>,
        password: Option<SecretString>,
        bypass: &str,
    ) -> Result<Self, ProxyError> {
        let url = Url::parse(address.trim()).map_err(|_| ProxyError::Address)?;
        let is_supported = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        // Username and password have keys of their own; in the address they would be logged.
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_supported || !is_bare || url.host().is_none() {
            return Err(ProxyError::Address);
        }
        if password.is_some() && username.as_ref().is_none_or(String::is_empty) {
            return Err(ProxyError::UsernameMissing);
        }
        if !is_uri(&url) {
            return Err(ProxyError::Address);
        }
        let proxy =
            Self { address: url, username, password, bypass: HostPattern::parse_list(bypass) };
        let is_valid = proxy.has_valid_credentials() && is_uri(&proxy.with_credentials());
        if is_valid { Ok(proxy) } else { Err(ProxyError::CredentialsTooLong) }
    }

    /// The length of either is one byte (RFC 1929 section 2).
    fn has_valid_credentials(&self) -> bool {
        let [_, username, password] = self.identity();
        let socks = self.address.scheme().starts_with("socks");
        !socks || u8::try_from(username.len().max(password.len())).is_ok()
    }

    /// Returns true if the bypass list includes the endpoint.
    pub fn bypasses(&self, endpoint: &Url) -> bool {
        endpoint
            .host()
            .is_some_and(|host| self.bypass.iter().any(|pattern| pattern.matches_bypass(&host)))
    }

    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Returns the host if it is an IP address. For other schemes than http and https, the URL parser
    /// returns such a host as a domain.
    pub(super) fn ip_address(&self) -> Option<IpAddr> {
        match self.address.host()? {
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
            Host::Domain(name) => name.trim_matches(['[', ']']).parse().ok(),
        }
    }

    /// The values that distinguish proxies, including the password. Only for keys in memory.
    pub(super) fn identity(&self) -> [&[u8]; 3] {
        let password = self.password.as_ref().map_or("", |password| password.expose_secret());
        [
            self.address.as_str().as_bytes(),
            self.username.as_deref().unwrap_or_default().as_bytes(),
            password.as_bytes(),
        ]
    }

    pub(super) fn build(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        reqwest::Proxy::all(self.with_credentials())
    }

    /// Returns the address with username and password, which the HTTP client decodes.
    fn with_credentials(&self) -> Url {
        // The setters leave `%` as it is, but the HTTP client decodes it.
        let encoded = |text: &str| text.replace('%', "%25");
        let mut address = self.address.clone();
        // Never fails: the address has a host. Other special characters are encoded by the setters.
        if let Some(username) = &self.username {
            let _ = address.set_username(&encoded(username));
        }
        if let Some(password) = &self.password {
            let _ = address.set_password(Some(&encoded(password.expose_secret())));
        }
        address
    }
}

/// Returns true if the HTTP client, which has another URL parser, finds the same host.
fn is_uri(address: &Url) -> bool {
    let uri = address.as_str().parse::<http::Uri>();
    uri.is_ok_and(|uri| uri.host() == address.host_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(address: &str) -> Result<ProxyServer, ProxyError> {
        ProxyServer::new(
            address,
            None,
            None,
            "localhost, *.internal.example.com, example.org, 10.0.0.0/8",
        )
    }

    #[test]
    fn only_addresses_with_a_supported_scheme_are_accepted() {
        for address in [
            "http://proxy:3128",
            "https://proxy.example.com",
            "socks5://127.0.0.1:1080/",
            "socks5h://proxy:1080",
        ] {
            assert!(proxy(address).is_ok(), "{address}");
        }
        for address in [
            "proxy:3128",
            "sock5://proxy:1",
            "ftp://proxy",
            "socks4://proxy",
            "http://user:pw@proxy",
            "http://proxy/path",
            "",
            "direct://",
            // Placeholders of templates.
            "http://${PROXY_HOST}:3128",
            "socks5://${PROXY_HOST}:1080",
            "http://{{proxy}}:3128",
            "socks5h://{{proxy}}:1080",
            "socks5://prox%79:1080",
            &format!("http://{}", "a".repeat(70_000)),
        ] {
            assert_eq!(proxy(address).err(), Some(ProxyError::Address), "{address}");
        }
    }

    #[test]
    fn credentials_that_the_client_would_drop_are_rejected() {
        let with = |address: &str, username: &str, password: &str| {
            let password = Some(password.to_owned().into());
            ProxyServer::new(address, Some(username.to_owned()), password, "").err()
        };
        let long = |bytes: usize| "a".repeat(bytes);
        for address in ["http://proxy:3128", "socks5://proxy", "socks5h://[2606:4700::1111]:1080"] {
            assert_eq!(with(address, "a:b@c/%41 \u{e4}[", "\u{1}%\\\"{}#?"), None, "{address}");
            assert_eq!(with(address, &long(255), &long(255)), None, "{address}");
            assert_eq!(with(address, "", "pw"), Some(ProxyError::UsernameMissing), "{address}");
        }
        let too_long = Some(ProxyError::CredentialsTooLong);
        assert_eq!(with("http://proxy:3128", &long(256), &long(256)), None);
        assert_eq!(with("http://proxy:3128", "user", &long(70_000)), too_long);
        for (username, password) in [(long(256), long(1)), (long(1), long(256))] {
            assert_eq!(with("socks5://proxy", &username, &password), too_long);
        }
    }

    #[test]
    fn hosts_of_the_bypass_list_are_reached_directly() {
        let proxy = proxy("http://proxy:3128").unwrap();
        for (endpoint, expected) in [
            ("https://login.example.com/", false),
            ("https://idp.internal.example.com/", true),
            ("https://10.2.3.4/", true),
            ("https://localhost:8443/", true),
            ("https://internal.example.com/", false),
            ("https://example.org/", true),
            ("https://login.example.org/", true),
            ("https://evilexample.org/", false),
        ] {
            assert_eq!(proxy.bypasses(&Url::parse(endpoint).unwrap()), expected, "{endpoint}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let proxy = ProxyServer::new(
            "http://proxy:3128",
            Some("user".to_owned()),
            Some("hunter2secret".into()),
            "",
        )
        .unwrap();
        assert!(!format!("{proxy:?}").contains("hunter2secret"));
    }
}
