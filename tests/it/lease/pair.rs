//! Two operators on a Lease.

use std::collections::BTreeSet;

use rig::control_plane::{AuditEvent, Mark};
use rig::simulator::Simulator;
use rig::wait;

use crate::controller::lifecycle::put_keystore;
use crate::stage::{ACCOUNT, Operator, SOON, Scene};

/// The account of the second operator.
pub const SECOND: &str = "second";

/// One of two operators.
#[derive(Clone, Copy)]
pub enum Side {
    First,
    Second,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    pub fn account(self) -> &'static str {
        match self {
            Self::First => ACCOUNT,
            Self::Second => SECOND,
        }
    }
}

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
        until_leading(&scene.stage.operator).await;
        let second = scene.another_candidate(SECOND).await;
        assert_eq!(second.get("/readyz"), (200, "ok: standby\n".to_owned()));
        Self { scene, second, simulator: Simulator::start().unwrap() }
    }

    pub fn first(&self) -> &Operator {
        &self.scene.stage.operator
    }

    pub fn operator(&self, side: Side) -> &Operator {
        match side {
            Side::First => self.first(),
            Side::Second => &self.second,
        }
    }

    /// Thaws the first, which is a standby from the first moment on; returns once it has looked at
    /// the Lease, with what it does from then on.
    pub async fn thaw_first(&self) -> Mark {
        let mark = self.scene.stage.plane.audit_mark().unwrap();
        self.first().process.thaw().unwrap();
        assert_eq!(self.first().get("/readyz"), (200, "ok: standby\n".to_owned()));
        wait::until_true(SOON, "the first looks at the Lease", async || {
            self.calls(ACCOUNT, mark).iter().any(|call| call.resource == "leases")
        })
        .await;
        mark
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
pub async fn until_leading(operator: &Operator) {
    wait::until(SOON, "the operator leads", async || is_leading(operator)).await;
    assert_leading(operator);
}

/// Whether an operator says that it leads; else what it says.
pub fn is_leading(operator: &Operator) -> Result<(), String> {
    let (code, text) = operator.get("/readyz");
    if (code, text.as_str()) == (200, "ok: leader\n") { Ok(()) } else { Err(text) }
}

/// Demands that the metrics of an operator that leads say so too.
pub fn assert_leading(operator: &Operator) {
    let metrics = operator.get("/metrics").1;
    assert!(metrics.contains("\nconnection_operator_leader_election_master_status 1\n"));
}
