//! The egress policy: checks host names before a request is sent, and addresses before a connection
//! is opened.

use std::net::IpAddr;

use ipnet::IpNet;
use thiserror::Error;
use url::{Host, Url};

use crate::net::address::{canonical, is_public};
use crate::net::host_pattern::HostPattern;

/// The egress policy denies the request. It has no details, which would reveal what is reachable in
/// the operator's network.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the address is not allowed")]
pub struct EgressDenied;

/// The endpoints to which the installation allows requests.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Allows loopback addresses, also without TLS.
    pub allow_loopback: bool,
    /// The allowed hosts. If empty, all hosts with public addresses are allowed.
    pub hosts: Vec<HostPattern>,
    /// The allowed networks that are not public.
    pub networks: Vec<IpNet>,
}

/// The route of a request to its endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    Direct,
    /// Through a proxy, which resolves the host name itself. The address cannot be checked here, so
    /// that the host must be in the list of allowed hosts.
    Proxied,
}

impl EgressPolicy {
    /// Checks an endpoint before a request is sent.
    pub fn check(&self, endpoint: &Url, route: Route) -> Result<(), EgressDenied> {
        let host = endpoint.host().ok_or(EgressDenied)?;
        let loopback = self.allow_loopback && is_loopback(&host);
        // Plain HTTP would show the credentials to the network; loopback does not leave the
        // machine.
        let is_secure = endpoint.scheme() == "https" || (endpoint.scheme() == "http" && loopback);
        if is_secure && (loopback || self.allows_host(&host, route)) {
            Ok(())
        } else {
            Err(EgressDenied)
        }
    }

    fn allows_host(&self, host: &Host<&str>, route: Route) -> bool {
        let listed = self.hosts.iter().any(|pattern| pattern.matches(host));
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some(IpAddr::V4(*v4)),
            Host::Ipv6(v6) => Some(IpAddr::V6(*v6)),
        };
        match (address, route) {
            // The resolver does not see addresses, so that they are checked here.
            (Some(address), _) if !self.allows_address(address) => false,
            // A network that the installation allows needs no entry in the list of hosts.
            (Some(address), _) if self.in_networks(address) => true,
            (_, Route::Direct) => listed || self.hosts.is_empty(),
            (_, Route::Proxied) => listed,
        }
    }

    /// Returns true if connections to the address, of an endpoint or of a proxy, are allowed.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        is_public(address)
            || self.in_networks(address)
            || (self.allow_loopback && canonical(address).is_loopback())
    }

    fn in_networks(&self, address: IpAddr) -> bool {
        let address = canonical(address);
        self.networks.iter().any(|network| network.contains(&address))
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => canonical(IpAddr::V6(*v6)).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(hosts: &str, networks: &[&str]) -> EgressPolicy {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        EgressPolicy { allow_loopback: false, hosts: HostPattern::parse_list(hosts), networks }
    }

    fn allows(policy: &EgressPolicy, url: &str, route: Route) -> bool {
        policy.check(&Url::parse(url).unwrap(), route).is_ok()
    }

    #[test]
    fn by_default_only_public_addresses_are_allowed_over_tls_and_without_a_proxy() {
        let cases = [
            ("https://login.example.com/token", true),
            ("https://1.1.1.1/token", true),
            ("http://login.example.com/token", false),
            ("https://localhost/", true), // a name: denied by the resolver
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://0x7f000001/", false),
            ("https://2130706433/", false),
            ("https://[::ffff:169.254.169.254]/", false),
            ("https://169.254.169.254/latest", false),
            ("https://10.0.0.1/", false),
            ("ftp://login.example.com/", false),
        ];
        for (url, expected) in cases {
            assert_eq!(allows(&policy("", &[]), url, Route::Direct), expected, "{url}");
        }
    }

    #[test]
    fn a_list_of_hosts_denies_all_others() {
        let policy = policy("login.example.com, *.my.salesforce.com", &["10.1.0.0/16"]);
        for (url, expected) in [
            ("https://login.example.com/", true),
            ("https://acme.my.salesforce.com/", true),
            ("https://evil.example.org/", false),
            ("https://8.8.8.8/", false),
            ("https://10.1.2.3/", true),
            ("https://10.2.2.3/", false),
        ] {
            assert_eq!(allows(&policy, url, Route::Direct), expected, "{url}");
            assert_eq!(allows(&policy, url, Route::Proxied), expected, "{url} by proxy");
        }
    }

    #[test]
    fn through_a_proxy_only_listed_hosts_are_reached() {
        assert!(!allows(&policy("", &[]), "https://login.example.com/", Route::Proxied));
        assert!(allows(&policy("*", &[]), "https://login.example.com/", Route::Proxied));
        assert!(!allows(&policy("*", &[]), "https://169.254.169.254/", Route::Proxied));
    }

    #[test]
    fn allow_loopback_allows_only_loopback() {
        let policy = EgressPolicy { allow_loopback: true, ..EgressPolicy::default() };
        for url in ["http://127.0.0.1:8080/", "https://localhost/", "http://[::1]/"] {
            assert!(allows(&policy, url, Route::Direct), "{url}");
            assert!(allows(&policy, url, Route::Proxied), "{url} by proxy");
        }
        assert!(!allows(&policy, "http://10.0.0.1/", Route::Direct));
    }
}
