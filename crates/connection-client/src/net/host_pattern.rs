//! Patterns of hosts and networks, as in the lists of allowed hosts and in proxy bypass lists.

use std::convert::Infallible;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

/// An entry of such a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HostPattern {
    /// All hosts: `*`.
    Any,
    /// One host, by name or address.
    Exact(String),
    /// Addresses of a network, such as `10.0.0.0/8`.
    Network(IpNet),
    /// All subdomains of a domain, but not the domain: `*.example.com` or `.example.com`.
    Subdomains(String),
}

impl FromStr for HostPattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_ascii_lowercase();
        // Before the host, for which the prefix length would be a path.
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let host = host_of(&text);
        if host == "*" {
            return Ok(Self::Any);
        }
        match host.strip_prefix('*').unwrap_or(host).strip_prefix('.') {
            Some(domain) => Ok(Self::Subdomains(normalize_host(domain))),
            None => Ok(Self::Exact(normalize_host(host))),
        }
    }
}

/// Returns the host of a text that may be a URL, or have a port, brackets or a trailing dot.
fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match (rest.strip_prefix('[').and_then(|rest| rest.split_once(']')), rest) {
        (Some((address, _)), _) => address,
        // A text with more colons is an IPv6 address.
        (None, rest) => match rest.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => rest,
        },
    };
    host.trim_end_matches('.')
}

/// Encodes a host as in URLs (Punycode), so that it is compared with the hosts of endpoints.
fn normalize_host(host: &str) -> String {
    Host::parse(host).map_or_else(|_| host.to_owned(), |host| host.to_string())
}

impl HostPattern {
    /// Parses a list with entries separated by commas or white space.
    pub fn parse_list(text: &str) -> Vec<Self> {
        let words =
            text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        words.flat_map(str::parse).collect()
    }

    /// Returns true if the pattern includes the host. Names do not include the addresses to which
    /// they resolve.
    pub fn matches(&self, host: &Host<&str>) -> bool {
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some((*v4).into()),
            Host::Ipv6(v6) => Some((*v6).into()),
        };
        let name = match host {
            Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
            Host::Ipv4(v4) => v4.to_string(),
            Host::Ipv6(v6) => v6.to_string(),
        };
        match self {
            Self::Any => true,
            Self::Exact(exact) => {
                *exact == name
                    || address.is_some_and(|address: std::net::IpAddr| exact.parse() == Ok(address))
            }
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Subdomains(domain) => address.is_none() && is_subdomain(&name, domain),
        }
    }

    /// Returns true if the pattern, as an entry of a proxy bypass list, includes the host. There, a
    /// name includes its subdomains, as in the environment variable `NO_PROXY`.
    pub fn matches_bypass(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::Exact(domain), Host::Domain(name)) => {
                self.matches(host) || is_subdomain(name.trim_end_matches('.'), domain)
            }
            _ => self.matches(host),
        }
    }
}

fn is_subdomain(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_only_the_hosts_that_it_describes() {
        let cases = [
            ("*", "example.com", true),
            ("login.example.com", "login.example.com", true),
            ("login.example.com", "LOGIN.example.com.", true),
            ("login.example.com", "evil-login.example.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            (".example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "evilexample.com", false),
            ("*.example.com", "a.example.com.evil.org", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.0/8", "ten.example.com", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("[::1]:8443", "[::1]", true),
            ("127.0.0.1:8443", "127.0.0.1", true),
            ("https://login.example.com", "login.example.com", true),
            ("https://login.example.com:443/oauth2/token?a#b", "login.example.com", true),
            ("https://login.example.com.", "login.example.com", true),
            ("https://login.example.com", "a.login.example.com", false),
            ("login.example.com:443", "login.example.com", true),
            ("*.example.com:443", "a.example.com", true),
            ("https://[2606:4700::1111]/", "[2606:4700::1111]", true),
            ("https://10.0.0.0/8", "10.1.2.3", false),
            ("b\u{fc}cher.example", "xn--bcher-kva.example", true),
            ("*.b\u{fc}cher.example", "a.xn--bcher-kva.example", true),
            ("", "login.example.com", false),
        ];
        for (pattern, host, expected) in cases {
            let host = Host::parse(host).unwrap();
            let host = match &host {
                Host::Domain(name) => Host::Domain(name.as_str()),
                Host::Ipv4(v4) => Host::Ipv4(*v4),
                Host::Ipv6(v6) => Host::Ipv6(*v6),
            };
            let Ok(parsed) = pattern.parse::<HostPattern>();
            assert_eq!(parsed.matches(&host), expected, "{pattern} and {host}");
        }
    }
}
