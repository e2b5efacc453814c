//! Resolves names and drops the addresses that may not be connected to: what was checked is what is
//! connected to, whatever the name says a moment later.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::net::egress_policy::{EgressDenied, EgressPolicy};

/// The resolver of every client.
pub(super) struct GuardedResolver(pub(super) Arc<EgressPolicy>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(admitted(&guard, found)?.into_iter());
            Ok(addresses)
        })
    }
}

/// Those of a name's addresses that may be connected to.
fn admitted(
    guard: &EgressPolicy,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, EgressDenied> {
    let admitted: Vec<_> = found.filter(|one| guard.admits_address(one.ip())).collect();
    if admitted.is_empty() { Err(EgressDenied) } else { Ok(admitted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(guard: &EgressPolicy, found: &[&str]) -> Option<Vec<String>> {
        let found = found.iter().map(|one| SocketAddr::new(one.parse().unwrap(), 0));
        let admitted = admitted(guard, found).ok()?;
        Some(admitted.iter().map(|one| one.ip().to_string()).collect())
    }

    #[test]
    fn a_name_that_leads_inside_leads_nowhere() {
        let guard = EgressPolicy::default();
        for inside in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1"] {
            assert_eq!(of(&guard, &[inside]), None, "{inside}");
            // An answer with both kinds gives no way in either.
            assert_eq!(of(&guard, &[inside, "1.1.1.1"]), Some(vec!["1.1.1.1".to_owned()]));
        }
        assert_eq!(of(&guard, &[]), None);
    }

    #[test]
    fn a_name_that_leads_elsewhere_a_moment_later_is_checked_again() {
        let guard = EgressPolicy::default();
        let answers = [["1.1.1.1"], ["169.254.169.254"], ["1.1.1.1"]];
        let connected = answers.map(|answer| of(&guard, &answer).is_some());
        assert_eq!(connected, [true, false, true]);
    }

    #[test]
    fn a_network_that_the_installation_allows_is_reached_by_name() {
        let networks = vec!["10.1.0.0/16".parse().unwrap()];
        let guard = EgressPolicy { networks, ..EgressPolicy::default() };
        assert_eq!(of(&guard, &["10.2.0.1", "10.1.0.1"]), Some(vec!["10.1.0.1".to_owned()]));
    }
}
