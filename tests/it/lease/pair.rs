//! Two operators on a Lease.

use std::collections::BTreeSet;
use std::time::Duration;

use rig::control_plane::{AuditEvent, Mark};
use rig::simulator::Simulator;
use rig::wait;

use crate::controller::lifecycle::put_keystore;
use crate::stage::{ACCOUNT, Operator, SOON, Scene};

/// The account of the second operator.
pub const SECOND: &str = "second";

/// Two operators; the one of the scene leads.
pub struct Pair {
    pub scene: Scene,
    pub second: Operator,
    pub simulator: Simulator,
}

impl Pair {
    pub async fn open(prefix: &str) -> Self {
        let scene = Scene::with_candidate(prefix).await;
        put_keystore(&scene).await;
        until_leading(&scene.stage.operator, SOON).await;
        let second = scene.another_candidate(SECOND).await;
        assert_eq!(second.get("/readyz"), (200, "ok: standby\n".to_owned()));
        Self { scene, second, simulator: Simulator::start().unwrap() }
    }

    pub fn first(&self) -> &Operator {
        &self.scene.stage.operator
    }

    /// What an operator asked of the API server since a mark.
    pub fn calls(&self, account: &str, mark: Mark) -> Vec<AuditEvent> {
        let namespace = self.scene.namespace.name();
        let user = format!("system:serviceaccount:{namespace}:{account}");
        let mut events = self.scene.stage.plane.audit(mark).unwrap();
        events.retain(|event| event.user == user);
        events
    }

    /// The verbs that both used on the Lease.
    pub fn verbs_on_the_lease(&self) -> BTreeSet<String> {
        let calls = [ACCOUNT, SECOND].map(|account| self.calls(account, Mark::default()));
        let on_the_lease = |event: &AuditEvent| event.resource == "leases";
        calls.into_iter().flatten().filter(on_the_lease).map(|event| event.verb).collect()
    }
}

/// Waits until an operator leads, by its own word in both places.
pub async fn until_leading(operator: &Operator, limit: Duration) {
    wait::until(limit, "the operator leads", async || {
        let (code, text) = operator.get("/readyz");
        if (code, text.as_str()) == (200, "ok: leader\n") { Ok(()) } else { Err(text) }
    })
    .await;
    assert!(
        operator
            .get("/metrics")
            .1
            .contains("\nconnection_operator_leader_election_master_status 1\n")
    );
}
