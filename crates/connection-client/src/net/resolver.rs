//! Resolves names and drops the addresses that the egress policy denies. The client connects to the
//! addresses that were checked, so that DNS rebinding has no effect.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::net::egress_policy::{EgressDenied, EgressPolicy};

/// The resolver of all clients.
pub(super) struct GuardedResolver(pub(super) Arc<EgressPolicy>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let egress_policy = Arc::clone(&self.0);
        Box::pin(async move {
            // The HTTP client sets the port.
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Addrs = Box::new(allowed(&egress_policy, addresses)?.into_iter());
            Ok(allowed)
        })
    }
}

/// Returns the allowed addresses; an error if there are none.
fn allowed(
    egress_policy: &EgressPolicy,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, EgressDenied> {
    let allowed: Vec<_> =
        addresses.filter(|address| egress_policy.allows_address(address.ip())).collect();
    if allowed.is_empty() { Err(EgressDenied) } else { Ok(allowed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(policy: &EgressPolicy, addresses: &[&str]) -> Option<Vec<String>> {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        let allowed = allowed(policy, addresses).ok()?;
        Some(allowed.iter().map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn private_addresses_of_a_name_are_dropped() {
        let policy = EgressPolicy::default();
        for inside in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1"] {
            assert_eq!(resolve(&policy, &[inside]), None, "{inside}");
            // A response with both kinds of addresses does not help an attacker.
            assert_eq!(resolve(&policy, &[inside, "1.1.1.1"]), Some(vec!["1.1.1.1".to_owned()]));
        }
        assert_eq!(resolve(&policy, &[]), None);
    }

    #[test]
    fn every_resolution_of_a_name_is_checked() {
        let policy = EgressPolicy::default();
        let responses = [["1.1.1.1"], ["169.254.169.254"], ["1.1.1.1"]];
        let connected = responses.map(|response| resolve(&policy, &response).is_some());
        assert_eq!(connected, [true, false, true]);
    }

    #[test]
    fn allowed_networks_are_reached_by_name() {
        let networks = vec!["10.1.0.0/16".parse().unwrap()];
        let policy = EgressPolicy { networks, ..EgressPolicy::default() };
        assert_eq!(resolve(&policy, &["10.2.0.1", "10.1.0.1"]), Some(vec!["10.1.0.1".to_owned()]));
    }
}
