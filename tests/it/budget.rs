//! What the operator asks of the API server, counted by the API server's own audit log.
//! These tests have a control plane to themselves, on which no operator watches everything.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::path::PathBuf;
use std::time::Duration;

use connection_client::api::connection::Connection;
use connection_client::api::names::RENEW_REQUESTED_AT_ANNOTATION;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use rig::control_plane::audit::{AuditEvent, Mark};
use rig::control_plane::{ControlPlane, Namespace};
use rig::harness::{Harness, Operator};
use rig::simulator::Simulator;
use rig::simulator::behavior::Behavior;
use rig::simulator::ledger::TokenRequest;
use rig::wait;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::keys::fixtures;
use crate::stage::{ROLE, SOON, condition};

/// How long a thousand Connections may take to become Ready.
const LATER: Duration = Duration::from_mins(10);

/// As many requests as the operator works on at the same time.
const PARALLEL: usize = 64;

/// A namespace, and an operator's account that no other test uses.
struct Budget {
    plane: &'static ControlPlane,
    namespace: Namespace,
    client: Client,
    account: &'static str,
    kubeconfig: PathBuf,
    simulator: Simulator,
}

impl Budget {
    async fn open(account: &'static str) -> Self {
        static PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
        let plane = PLANE
            .get_or_init(|| async {
                let plane = Harness::control_plane().controller_manager(false);
                plane.start().await.expect("the control plane starts")
            })
            .await;
        let budget = Self {
            plane,
            namespace: plane.namespace(account).await.expect("the namespace is made"),
            client: plane.client().await.expect("the admin has a client"),
            account,
            kubeconfig: Harness::account(plane, "default", account)
                .await
                .expect("the service account is made"),
            simulator: Simulator::start().expect("the simulator starts"),
        };
        for number in 0..4 {
            budget.keystore(&format!("keystore-{number}")).await;
        }
        budget
    }

    async fn keystore(&self, name: &str) {
        let text = |file: &str| String::from_utf8(fixtures::bytes(file)).expect("PEM is text");
        let data = json!({ "tls.key": text("rsa.p8.pem"), "tls.crt": text("rsa.crt.pem") });
        let secret = json!({ "metadata": { "name": name }, "stringData": data });
        let secret: Secret = serde_json::from_value(secret).expect("it is a Secret");
        let secrets = Api::<Secret>::namespaced(self.client.clone(), self.namespace.name());
        secrets.create(&PostParams::default(), &secret).await.expect("the keystore is accepted");
    }

    async fn operator(&self) -> Operator {
        let arguments = ["--allow-loopback", "--namespace", self.namespace.name()];
        let harness = Harness::new().expect("the operator is built");
        harness.start_ready(&self.kubeconfig, &arguments, &[]).await.expect("the operator starts")
    }

    fn connections(&self) -> Api<Connection> {
        Api::namespaced(self.client.clone(), self.namespace.name())
    }

    /// Creates a Connection; its name is its issuer.
    async fn create(&self, name: &str, keystore: usize) -> kube::Result<Connection> {
        let connection = json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection", "metadata": { "name": name },
            "spec": {
                "flow": "JWT",
                "endpoints": { "token": self.simulator.token_endpoint() },
                "client": { "id": name },
                "assertion": { "keystoreRef": { "name": format!("keystore-{}", keystore % 4) } },
            },
        });
        let connection = serde_json::from_value(connection).expect("it is a Connection");
        self.connections().create(&PostParams::default(), &connection).await
    }

    async fn renew(&self, name: &str, value: &str) {
        let patch =
            json!({ "metadata": { "annotations": { RENEW_REQUESTED_AT_ANNOTATION: value } } });
        let patched =
            self.connections().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
        patched.expect("the annotation is accepted");
    }

    async fn until(&self, name: &str, what: &str, holds: impl Fn(&Connection) -> bool) {
        wait::until(SOON, &format!("{name}: {what}"), async || {
            let connection =
                self.connections().get(name).await.map_err(|error| error.to_string())?;
            if holds(&connection) { Ok(()) } else { Err(format!("{:?}", connection.status)) }
        })
        .await;
    }

    async fn until_refreshed(&self, name: &str, reason: &str) {
        self.until(name, reason, |item| condition(item, "Refreshed").1 == reason).await;
    }

    /// Waits until the token lives for a while.
    async fn until_lasting(&self, name: &str) {
        let soon = now() + SignedDuration::from_mins(10);
        self.until(name, "a token that lasts", |item| {
            let group = item.status.as_ref().and_then(|status| status.connection_group.as_ref());
            group.and_then(|group| group.expires_at).is_some_and(|time| time > soon)
        })
        .await;
    }

    async fn until_handled(&self, name: &str, request: &str) {
        self.until(name, "the renewal is handled", |item| {
            let status = item.status.as_ref();
            let handled = status.and_then(|status| status.last_handled_renew_requested_at.as_ref());
            handled.is_some_and(|handled| handled == request)
        })
        .await;
    }

    fn mark(&self) -> Mark {
        self.plane.audit_mark().expect("the audit log is there")
    }

    /// The operator's requests since the mark, as the API server counts them.
    fn requests(&self, since: Mark) -> Vec<AuditEvent> {
        let user = format!("system:serviceaccount:default:{}", self.account);
        let events = self.plane.audit(since).expect("the audit log is readable");
        events.into_iter().filter(|event| event.user == user && event.is_complete()).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests' own clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// The resource with its subresource, as roles name it.
fn resource(event: &AuditEvent) -> String {
    let slash = if event.subresource.is_empty() { "" } else { "/" };
    format!("{}{slash}{}", event.resource, event.subresource)
}

/// How many requests there are of each kind; but for watches, of which there is always one open.
fn counted(requests: &[AuditEvent]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for event in requests.iter().filter(|event| event.verb != "watch") {
        *kinds.entry(format!("{} {}", event.verb, resource(event))).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_costs_two_writes_and_no_read_and_an_idle_connection_nothing() {
    const BUSY: [&str; 3] = ["busy-0", "busy-1", "busy-2"];
    const IDLE: [&str; 5] = ["idle-0", "idle-1", "idle-2", "idle-3", "idle-4"];
    let budget = Budget::open("refresh").await;
    let _operator = budget.operator().await;
    for (number, name) in BUSY.iter().chain(&IDLE).enumerate() {
        budget.create(name, number).await.expect("the Connection is accepted");
    }
    for name in BUSY.iter().chain(&IDLE) {
        budget.until_lasting(name).await;
    }

    let (mark, before) = (budget.mark(), budget.simulator.count());
    for name in BUSY {
        for request in ["1", "2", "3", "4"] {
            budget.renew(name, request).await;
            budget.until_handled(name, request).await;
        }
    }
    let refreshes = |name: &str| {
        budget.simulator.with_requests(|requests| {
            let of =
                |token_request: &&TokenRequest| token_request.issuer().as_deref() == Some(name);
            requests[before..].iter().filter(of).count()
        })
    };
    for name in BUSY {
        assert_eq!(refreshes(name), 4, "{name}");
    }

    let all = budget.simulator.count() - before;
    let expected = [("patch connections/status", all), ("patch secrets", all)];
    let expected: BTreeMap<_, _> = expected.map(|(kind, count)| (kind.to_owned(), count)).into();
    // What was written is seen a moment before the audit log has its line.
    let requests = wait::until(SOON, "two writes for each refresh", async || {
        let requests = budget.requests(mark);
        let counts = counted(&requests);
        if counts == expected { Ok(requests) } else { Err(format!("{counts:?}")) }
    })
    .await;
    for name in BUSY {
        let secret = format!("{name}-token");
        let writes = requests.iter().filter(|event| event.name == name || event.name == secret);
        assert_eq!(writes.count(), 2 * refreshes(name), "{name}");
    }
    assert_eq!(
        all,
        BUSY.iter().map(|name| refreshes(name)).sum::<usize>(),
        "an idle one refreshed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_with_a_thousand_healthy_connections_writes_nothing_and_requests_no_token() {
    const MANY: usize = 1000;
    let budget = Budget::open("restart").await;
    let operator = budget.operator().await;
    let created = stream::iter(0..MANY).map(|number| {
        let budget = &budget;
        async move { budget.create(&format!("many-{number}"), number).await }
    });
    let created = created.buffer_unordered(PARALLEL).try_for_each(|_| ready(Ok(()))).await;
    created.expect("the Connections are accepted");
    wait::until_true(LATER, "all Connections are Ready", async || {
        operator.metric("connection_operator_connection_ready_status", "condition=\"True\"")
            >= 1000.0
    })
    .await;
    assert_eq!(budget.simulator.count(), MANY, "one token request for each Connection");
    let ended = operator.process.terminate(SOON).await.expect("the operator ends when asked to");
    assert!(ended.success(), "{ended}");

    let mark = budget.mark();
    let operator = budget.operator().await;
    wait::until_true(LATER, "all Connections are looked at", async || {
        operator.metric("connection_operator_reconcile_total", "") >= 1000.0
    })
    .await;
    let ended = operator.process.terminate(SOON).await.expect("the operator ends when asked to");
    assert!(ended.success(), "{ended}");

    assert_eq!(budget.simulator.count(), MANY, "no token request for a restart");
    let requests = counted(&budget.requests(mark));
    // Pages of 500: three of the Secrets, which are a thousand and four, and two or three of the
    // Connections.
    let kinds: Vec<_> = requests.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["list connections", "list secrets"]);
    assert!(requests.values().all(|count| *count <= 3), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_grants_the_verbs_that_are_used_and_no_others() {
    let budget = Budget::open("role").await;
    let operator = budget.operator().await;
    budget.create("crm", 0).await.expect("the Connection is accepted");
    budget.until_refreshed("crm", "TokenIssued").await;
    budget.simulator.otherwise(Behavior::error(400, "invalid_grant"));
    budget.renew("crm", "first").await;
    budget.until_refreshed("crm", "AssertionRejected").await;
    budget.simulator.otherwise(Behavior::token());
    budget.renew("crm", "second").await;
    budget.until_refreshed("crm", "TokenIssued").await;
    operator.process.terminate(SOON).await.expect("the operator ends when asked to");

    let requests = budget.requests(Mark::default());
    let refused: Vec<_> = requests.iter().filter(|event| event.code == 403).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let role: ClusterRole = serde_saphyr::from_str(ROLE).expect("the role is YAML");
    let granted: BTreeSet<_> = role.rules.iter().flatten().flat_map(verbs).collect();
    // What the Authorization Code flow alone needs is tried where that flow is (`consent::deletion`).
    let consent = [("connections", "patch"), ("secrets", "delete"), ("secrets", "update")];
    let consent: BTreeSet<_> =
        consent.map(|(resource, verb)| (resource.to_owned(), verb.to_owned())).into();
    let granted: BTreeSet<_> = granted.difference(&consent).cloned().collect();
    // A watch is written down when it has ended, a moment after the operator.
    wait::until(SOON, "the verbs used are the verbs granted", async || {
        let requests = budget.requests(Mark::default());
        let verb = |event: &AuditEvent| (resource(event), event.verb.clone());
        let used: BTreeSet<_> = requests.iter().map(verb).collect();
        if used == granted { Ok(()) } else { Err(format!("{used:?} of {granted:?}")) }
    })
    .await;
}

/// Every resource and verb of a rule.
fn verbs(rule: &k8s_openapi::api::rbac::v1::PolicyRule) -> Vec<(String, String)> {
    let resources = rule.resources.iter().flatten();
    resources
        .flat_map(|resource| rule.verbs.iter().map(move |verb| (resource.clone(), verb.clone())))
        .collect()
}
