//! The Lease as the Kubernetes API has it
//! (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/>).

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use crate::lease::election::{LeaseWrite, ObservedLease};
use crate::lease::timings::LeaseTimings;

/// What matters of a Lease.
pub(super) fn seen(lease: &Lease) -> ObservedLease {
    let version = lease.metadata.resource_version.as_deref().and_then(|text| text.parse().ok());
    let spec = lease.spec.as_ref();
    let holder = spec.and_then(|one| one.holder_identity.as_deref()).filter(|one| !one.is_empty());
    let seconds = spec.and_then(|one| one.lease_duration_seconds);
    let seconds = seconds.and_then(|one| u64::try_from(one).ok()).filter(|one| *one > 0);
    ObservedLease {
        version: version.unwrap_or_default(),
        holder: holder.map(Into::into),
        duration: seconds.map(Duration::from_secs),
    }
}

/// The Lease with our name in it. The times are for people: no candidate compares them with its own
/// clock.
pub(super) fn claimed(
    lease: Option<&Lease>,
    (name, identity): (&str, &str),
    claim: LeaseWrite,
    times: &LeaseTimings,
    now: Timestamp,
) -> Lease {
    let old = lease.and_then(|one| one.spec.clone()).unwrap_or_default();
    let changes = claim != LeaseWrite::Renew;
    let transitions = old.lease_transitions.unwrap_or_default();
    let spec = LeaseSpec {
        holder_identity: Some(identity.to_owned()),
        lease_duration_seconds: i32::try_from(times.duration.as_secs()).ok(),
        acquire_time: if changes { Some(MicroTime(now)) } else { old.acquire_time.clone() },
        renew_time: Some(MicroTime(now)),
        lease_transitions: Some(transitions.saturating_add(i32::from(changes))),
        ..old
    };
    let metadata = match (lease, claim) {
        (Some(lease), LeaseWrite::Renew | LeaseWrite::Acquire) => lease.metadata.clone(),
        _ => ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
    };
    Lease { metadata, spec: Some(spec) }
}

/// The Lease without our name: another candidate may take it at once.
pub(super) fn released(lease: &Lease, now: Timestamp) -> Lease {
    let old = lease.spec.clone().unwrap_or_default();
    let spec = LeaseSpec {
        holder_identity: None,
        lease_duration_seconds: Some(1),
        renew_time: Some(MicroTime(now)),
        ..old
    };
    Lease { metadata: lease.metadata.clone(), spec: Some(spec) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lease(spec: &serde_json::Value) -> Lease {
        let metadata = json!({ "name": "l", "resourceVersion": "7", "labels": { "a": "b" } });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap()
    }

    fn now() -> Timestamp {
        "2026-05-04T09:00:00Z".parse().unwrap()
    }

    fn claim(lease: Option<&Lease>, claim: LeaseWrite) -> Lease {
        claimed(lease, ("l", "me"), claim, &LeaseTimings::OPERATOR, now())
    }

    #[test]
    fn a_lease_without_a_name_is_nobody_s() {
        for spec in [json!({}), json!({ "holderIdentity": "" }), json!(null)] {
            let lease = lease(&spec);
            assert_eq!(seen(&lease), ObservedLease { version: 7, holder: None, duration: None });
        }
        let held = lease(&json!({ "holderIdentity": "a", "leaseDurationSeconds": 15 }));
        let expected = ObservedLease {
            version: 7,
            holder: Some("a".into()),
            duration: Some(Duration::from_secs(15)),
        };
        assert_eq!(seen(&held), expected);
    }

    #[test]
    fn what_others_wrote_beside_it_stays() {
        let old = lease(
            &json!({ "holderIdentity": "other", "leaseTransitions": 4, "strategy": "OldestEmulationVersion" }),
        );
        let taken = claim(Some(&old), LeaseWrite::Acquire);
        assert_eq!(taken.metadata, old.metadata);
        let spec = taken.spec.clone().unwrap();
        assert_eq!(spec.lease_transitions, Some(5));
        assert_eq!(spec.strategy.as_deref(), Some("OldestEmulationVersion"));
        assert_eq!(spec.acquire_time, Some(MicroTime(now())));
        let renewed = claim(Some(&taken), LeaseWrite::Renew);
        assert_eq!(renewed.spec.unwrap().lease_transitions, Some(5));
        let free = released(&taken, now());
        assert_eq!(seen(&free).holder, None);
        assert_eq!(free.metadata, old.metadata);
    }

    #[test]
    fn one_that_was_deleted_is_made_anew() {
        let created = claim(Some(&lease(&json!({ "holderIdentity": "me" }))), LeaseWrite::Create);
        assert_eq!(
            (created.metadata.name.as_deref(), created.metadata.resource_version),
            (Some("l"), None)
        );
    }
}
