//! Conversion to and from the Lease of the Kubernetes API
//! (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/>).

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use crate::lease::election::{LeaseWrite, ObservedLease};
use crate::lease::timings::LeaseTimings;

/// Returns the fields of a Lease that the election uses.
pub(super) fn observed(lease: &Lease) -> ObservedLease {
    let version = lease.metadata.resource_version.as_deref().and_then(|text| text.parse().ok());
    let spec = lease.spec.as_ref();
    let holder = spec.and_then(|spec| spec.holder_identity.as_deref());
    // client-go releases a Lease with an empty identity instead of none.
    let holder = holder.filter(|holder| !holder.is_empty());
    let seconds = spec.and_then(|spec| spec.lease_duration_seconds);
    let seconds =
        // A duration of zero would make a Lease that is held free at once.
        seconds.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
    ObservedLease {
        version: version.unwrap_or_default(),
        holder: holder.map(Into::into),
        duration: seconds.map(Duration::from_secs),
    }
}

/// Returns the Lease with this replica as its holder. The times in it are only informative: no
/// candidate compares them with its clock.
pub(super) fn held(
    lease: Option<&Lease>,
    (name, identity): (&str, &str),
    write: LeaseWrite,
    timings: &LeaseTimings,
    now: Timestamp,
) -> Lease {
    let old = lease.and_then(|lease| lease.spec.clone()).unwrap_or_default();
    let acquires = write != LeaseWrite::Renew;
    let transitions = old.lease_transitions.unwrap_or_default();
    let spec = LeaseSpec {
        holder_identity: Some(identity.to_owned()),
        lease_duration_seconds: i32::try_from(timings.lease_duration.as_secs()).ok(),
        acquire_time: if acquires { Some(MicroTime(now)) } else { old.acquire_time.clone() },
        renew_time: Some(MicroTime(now)),
        // Another client wrote this number, so it must not overflow.
        lease_transitions: Some(transitions.saturating_add(i32::from(acquires))),
        ..old
    };
    let metadata = match (lease, write) {
        (Some(lease), LeaseWrite::Renew | LeaseWrite::Acquire) => lease.metadata.clone(),
        // The API server rejects the creation of an object with a resource version.
        _ => ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
    };
    Lease { metadata, spec: Some(spec) }
}

/// Returns the Lease without a holder, which any candidate acquires at once.
pub(super) fn released(lease: &Lease, now: Timestamp) -> Lease {
    let old = lease.spec.clone().unwrap_or_default();
    let spec = LeaseSpec {
        holder_identity: None,
        // Like client-go: the API requires a positive duration even without a holder.
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

    fn write(lease: Option<&Lease>, write: LeaseWrite) -> Lease {
        held(lease, ("l", "me"), write, &LeaseTimings::OPERATOR, now())
    }

    #[test]
    fn a_lease_without_an_identity_has_no_holder() {
        for spec in [json!({}), json!({ "holderIdentity": "" }), json!(null)] {
            let lease = lease(&spec);
            assert_eq!(
                observed(&lease),
                ObservedLease { version: 7, holder: None, duration: None }
            );
        }
        let held = lease(&json!({ "holderIdentity": "a", "leaseDurationSeconds": 15 }));
        let expected = ObservedLease {
            version: 7,
            holder: Some("a".into()),
            duration: Some(Duration::from_secs(15)),
        };
        assert_eq!(observed(&held), expected);
    }

    #[test]
    fn fields_that_others_wrote_are_kept() {
        let old = lease(
            &json!({ "holderIdentity": "other", "leaseTransitions": 4, "strategy": "OldestEmulationVersion" }),
        );
        let acquired = write(Some(&old), LeaseWrite::Acquire);
        assert_eq!(acquired.metadata, old.metadata);
        let spec = acquired.spec.clone().unwrap();
        assert_eq!(spec.lease_transitions, Some(5));
        assert_eq!(spec.strategy.as_deref(), Some("OldestEmulationVersion"));
        assert_eq!(spec.acquire_time, Some(MicroTime(now())));
        let renewed = write(Some(&acquired), LeaseWrite::Renew);
        assert_eq!(renewed.spec.unwrap().lease_transitions, Some(5));
        let released = released(&acquired, now());
        assert_eq!(observed(&released).holder, None);
        assert_eq!(released.metadata, old.metadata);
    }

    #[test]
    fn a_deleted_lease_is_created_without_a_version() {
        let created = write(Some(&lease(&json!({ "holderIdentity": "me" }))), LeaseWrite::Create);
        assert_eq!(
            (created.metadata.name.as_deref(), created.metadata.resource_version),
            (Some("l"), None)
        );
    }
}
