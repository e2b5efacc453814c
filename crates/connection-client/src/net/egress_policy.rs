//! Where requests may go: decided for names before anything is sent, and for addresses when they
//! are connected to.

use std::net::IpAddr;

use ipnet::IpNet;
use thiserror::Error;
use url::{Host, Url};

use crate::net::address::{canonical, is_public};
use crate::net::host_pattern::HostPattern;

/// A request may not go there. It says no more, so that nobody learns what is behind an address.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the address is not allowed")]
pub struct EgressDenied;

/// What an installation allows.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Whether the operator's own machine may be sent to, also by http.
    pub allow_loopback: bool,
    /// The hosts that may be sent to; every public one where the list is empty.
    pub hosts: Vec<HostPattern>,
    /// Networks that may be connected to although they are not public.
    pub networks: Vec<IpNet>,
}

/// How a request travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// From here to the endpoint.
    Direct,
    /// Through a proxy, which resolves the endpoint's name itself: its address cannot be checked
    /// here, so its name must be on the list of allowed hosts.
    Proxied,
}

impl EgressPolicy {
    /// Checks an endpoint before anything is sent.
    ///
    /// # Errors
    ///
    /// [`EgressDenied`], whatever the cause.
    pub fn check(&self, endpoint: &Url, route: Route) -> Result<(), EgressDenied> {
        let host = endpoint.host().ok_or(EgressDenied)?;
        let loopback = self.allow_loopback && is_loopback(&host);
        let by_tls = endpoint.scheme() == "https" || (endpoint.scheme() == "http" && loopback);
        if by_tls && (loopback || self.allows(&host, route)) { Ok(()) } else { Err(EgressDenied) }
    }

    fn allows(&self, host: &Host<&str>, route: Route) -> bool {
        let listed = self.hosts.iter().any(|pattern| pattern.matches(host));
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some(IpAddr::V4(*v4)),
            Host::Ipv6(v6) => Some(IpAddr::V6(*v6)),
        };
        match (address, route) {
            // A literal never reaches the resolver.
            (Some(address), _) if !self.admits_address(address) => false,
            (Some(address), _) if self.in_networks(address) => true,
            (_, Route::Direct) => listed || self.hosts.is_empty(),
            (_, Route::Proxied) => listed,
        }
    }

    /// Whether an address may be connected to, the endpoint's or a proxy's.
    #[must_use]
    pub fn admits_address(&self, address: IpAddr) -> bool {
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

    fn guard(hosts: &str, networks: &[&str]) -> EgressPolicy {
        let networks = networks.iter().map(|one| one.parse().unwrap()).collect();
        EgressPolicy { allow_loopback: false, hosts: HostPattern::list(hosts), networks }
    }

    fn allows(guard: &EgressPolicy, url: &str, route: Route) -> bool {
        guard.check(&Url::parse(url).unwrap(), route).is_ok()
    }

    #[test]
    fn by_default_the_public_internet_is_open_by_tls_and_directly() {
        let cases = [
            ("https://login.example.com/token", true),
            ("https://1.1.1.1/token", true),
            ("http://login.example.com/token", false),
            ("https://localhost/", true), // a name: its address is refused when it is connected to
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
            assert_eq!(allows(&guard("", &[]), url, Route::Direct), expected, "{url}");
        }
    }

    #[test]
    fn a_list_of_hosts_closes_every_other() {
        let guard = guard("login.example.com, *.my.salesforce.com", &["10.1.0.0/16"]);
        for (url, expected) in [
            ("https://login.example.com/", true),
            ("https://acme.my.salesforce.com/", true),
            ("https://evil.example.org/", false),
            ("https://8.8.8.8/", false),
            ("https://10.1.2.3/", true),
            ("https://10.2.2.3/", false),
        ] {
            assert_eq!(allows(&guard, url, Route::Direct), expected, "{url}");
            assert_eq!(allows(&guard, url, Route::Proxied), expected, "{url} by proxy");
        }
    }

    #[test]
    fn through_a_proxy_only_listed_hosts_are_reached() {
        assert!(!allows(&guard("", &[]), "https://login.example.com/", Route::Proxied));
        assert!(allows(&guard("*", &[]), "https://login.example.com/", Route::Proxied));
        assert!(!allows(&guard("*", &[]), "https://169.254.169.254/", Route::Proxied));
    }

    #[test]
    fn loopback_is_for_demos_and_tests() {
        let guard = EgressPolicy { allow_loopback: true, ..EgressPolicy::default() };
        for url in ["http://127.0.0.1:8080/", "https://localhost/", "http://[::1]/"] {
            assert!(allows(&guard, url, Route::Direct), "{url}");
            assert!(allows(&guard, url, Route::Proxied), "{url} by proxy");
        }
        assert!(!allows(&guard, "http://10.0.0.1/", Route::Direct));
    }
}
