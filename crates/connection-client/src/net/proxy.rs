//! A proxy, and which hosts are reached without it.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

use crate::net::host_pattern::HostPattern;

/// A proxy. Named, it is strict: nothing is sent without it, but for the hosts of its bypass list.
#[derive(Clone, Debug)]
pub struct ProxyServer {
    address: Url,
    username: Option<String>,
    password: Option<SecretString>,
    bypass: Vec<HostPattern>,
}

/// Why a proxy cannot be used.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ProxyError {
    /// The address is no URL of a proxy.
    #[error(
        "must be a URL such as http://proxy.example.com:3128, with the scheme http, https, socks5 or socks5h, and without user name, path or query"
    )]
    Address,
    /// Credentials that do not fit into what is said to the proxy.
    #[error(
        "needs a shorter username and password: a SOCKS proxy takes at most 255 bytes of each (RFC 1929)"
    )]
    CredentialsTooLong,
    /// A password without a user name.
    #[error("needs a username beside the password")]
    UsernameMissing,
}

impl ProxyServer {
    /// Reads a proxy. An address that the HTTP client cannot use is refused: it would go without a
    /// proxy and say nothing.
    ///
    /// # Errors
    ///
    /// Returns an error when the address is no proxy's.
    pub fn new(
        address: &str,
        username: Option<String>,
        password: Option<SecretString>,
        bypass: &str,
    ) -> Result<Self, ProxyError> {
        let url = Url::parse(address.trim()).map_err(|_| ProxyError::Address)?;
        let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        let bare = url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        if !known || !bare || url.host().is_none() {
            return Err(ProxyError::Address);
        }
        if password.is_some() && username.as_ref().is_none_or(String::is_empty) {
            return Err(ProxyError::UsernameMissing);
        }
        if !is_uri(&url) {
            return Err(ProxyError::Address);
        }
        let proxy = Self { address: url, username, password, bypass: HostPattern::list(bypass) };
        let fits = proxy.credentials_fit() && is_uri(&proxy.with_credentials());
        if fits { Ok(proxy) } else { Err(ProxyError::CredentialsTooLong) }
    }

    /// RFC 1929 section 2: the length of either is one byte.
    fn credentials_fit(&self) -> bool {
        let [_, username, password] = self.identity();
        let socks = self.address.scheme().starts_with("socks");
        !socks || u8::try_from(username.len().max(password.len())).is_ok()
    }

    /// Whether an endpoint is reached without the proxy.
    #[must_use]
    pub fn bypasses(&self, endpoint: &Url) -> bool {
        endpoint.host().is_some_and(|host| self.bypass.iter().any(|pattern| pattern.covers(&host)))
    }

    /// Where the proxy is.
    #[must_use]
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// The proxy's address where it is written as one. Only for the schemes of the web does the
    /// URL's host say so; for others it is a name that looks like an address.
    pub(super) fn literal(&self) -> Option<IpAddr> {
        match self.address.host()? {
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
            Host::Domain(name) => name.trim_matches(['[', ']']).parse().ok(),
        }
    }

    /// What tells one proxy from another, secrets among it: for a key that never leaves memory.
    pub(super) fn identity(&self) -> [&[u8]; 3] {
        let password = self.password.as_ref().map_or("", |one| one.expose_secret());
        [
            self.address.as_str().as_bytes(),
            self.username.as_deref().unwrap_or_default().as_bytes(),
            password.as_bytes(),
        ]
    }

    /// The proxy as the HTTP client takes it.
    pub(super) fn build(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        reqwest::Proxy::all(self.with_credentials())
    }

    /// The address with user and password, which the HTTP client decodes.
    fn with_credentials(&self) -> Url {
        let encoded = |text: &str| text.replace('%', "%25");
        let mut address = self.address.clone();
        // These fail for addresses without a host alone; what else needs it is encoded by them.
        if let Some(username) = &self.username {
            let _ = address.set_username(&encoded(username));
        }
        if let Some(password) = &self.password {
            let _ = address.set_password(Some(&encoded(password.expose_secret())));
        }
        address
    }
}

/// Whether the HTTP client, which reads addresses by other rules, finds the same host in this one.
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
    fn only_the_address_of_a_known_proxy_is_taken() {
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
            // What is left of a template that nobody filled in.
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
    fn credentials_that_the_client_would_drop_are_refused() {
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
    fn the_bypass_list_names_what_is_reached_directly() {
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
