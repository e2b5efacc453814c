//! Names and networks as lists have them: allow-lists, bypass lists, the pins of Secrets.

use std::convert::Infallible;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

/// An entry of a list of hosts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HostPattern {
    /// Every host: `*`.
    Any,
    /// One host, by name or address.
    Exact(String),
    /// Addresses of a network, such as `10.0.0.0/8`.
    Network(IpNet),
    /// Every host below a domain: `*.example.com` or `.example.com`; not the domain itself.
    Below(String),
}

impl FromStr for HostPattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        match text.strip_prefix('*').unwrap_or(&text).strip_prefix('.') {
            Some(domain) => Ok(Self::Below(domain.to_owned())),
            None => Ok(Self::Exact(text)),
        }
    }
}

impl HostPattern {
    /// Reads a list whose entries are separated by commas or white space.
    #[must_use]
    pub fn list(text: &str) -> Vec<Self> {
        let words =
            text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        words.flat_map(str::parse).collect()
    }

    /// Whether the host is meant. Names do not mean the addresses that they resolve to.
    #[must_use]
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
                    || address.is_some_and(|one: std::net::IpAddr| exact.parse() == Ok(one))
            }
            Self::Network(network) => address.is_some_and(|one| network.contains(&one)),
            Self::Below(domain) => {
                address.is_none()
                    && name
                        .strip_suffix(domain.as_str())
                        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_says_and_nothing_else() {
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
