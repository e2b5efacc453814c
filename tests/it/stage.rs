//! A real API server, the operator under its own service account, and a provider: what most tests
//! play on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use connection_client::api::connection::Connection;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::{Client, ResourceExt};
use rig::control_plane::{AuditEvent, ControlPlane, Mark, Namespace};
use rig::harness::Harness;
pub use rig::harness::{CRDS, LEASE_ROLE, Operator, ROLE};
use rig::wait;
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How long anything may take that should happen at once.
pub const SOON: Duration = Duration::from_mins(2);

pub const ACCOUNT: &str = "connection-operator";

static PLANE_IN_USE: RwLock<()> = RwLock::const_new(());

/// An operator and its API server.
pub struct Stage {
    pub plane: &'static ControlPlane,
    pub operator: Operator,
}

/// A namespace on a stage.
pub struct Scene {
    pub stage: Arc<Stage>,
    pub namespace: Namespace,
    pub client: Client,
    _turn: Option<Turn>,
}

/// The right to use the plane without a shared operator: with others, or alone for faults to it.
#[expect(dead_code, reason = "held, not read")]
enum Turn {
    Alone(RwLockWriteGuard<'static, ()>),
    WithOthers(RwLockReadGuard<'static, ()>),
}

/// Starts an operator that may use endpoints on this machine.
pub async fn start_operator(kubeconfig: &Path, arguments: &[&str]) -> Operator {
    start_operator_with(kubeconfig, &[&["--allow-loopback"], arguments].concat(), &[]).await
}

/// Starts an operator with exactly these arguments and further environment, and waits until it is
/// ready.
pub async fn start_operator_with(
    kubeconfig: &Path,
    arguments: &[&str],
    env: &[(&str, &str)],
) -> Operator {
    let arguments = [&["--log-filter", "trace"], arguments].concat();
    let harness = Harness::new().expect("the operator is built");
    harness.start_ready(kubeconfig, &arguments, env).await.expect("the operator starts")
}

/// An operator of a namespace, as a service account of that namespace.
async fn replica(
    plane: &ControlPlane,
    namespace: &str,
    account: &str,
    arguments: &[&str],
    env: &[(&str, &str)],
) -> Operator {
    let roles = format!("{ROLE}---\n{LEASE_ROLE}");
    let kubeconfig = plane.service_account(namespace, account, &roles);
    let kubeconfig = kubeconfig.await.expect("the service account is made");
    let own = ["--namespace", namespace, "--operator-namespace", namespace, "--pod-name", account];
    start_operator_with(&kubeconfig, &[arguments, &own].concat(), env).await
}

/// The kubeconfig of a service account that has the operator's role.
pub async fn service_account(plane: &ControlPlane) -> PathBuf {
    Harness::account(plane, "default", ACCOUNT).await.expect("the service account is made")
}

impl Stage {
    /// The stage that most tests share.
    pub async fn shared() -> Arc<Self> {
        static STAGE: OnceCell<Arc<Stage>> = OnceCell::const_new();
        let stage = STAGE.get_or_init(|| async {
            let plane =
                ControlPlane::shared(Path::new(CRDS)).await.expect("the control plane starts");
            let operator = start_operator(&service_account(plane).await, &[]).await;
            Arc::new(Self { plane, operator })
        });
        Arc::clone(stage.await)
    }
}

impl Scene {
    /// A namespace of a test's own on the shared stage.
    pub async fn open(prefix: &str) -> Self {
        Self::on(Stage::shared().await, prefix).await
    }

    /// A namespace of a test's own on a stage.
    pub async fn on(stage: Arc<Stage>, prefix: &str) -> Self {
        let namespace = stage.plane.namespace(prefix).await.expect("the namespace is made");
        Self::in_namespace(stage, namespace).await
    }

    /// A namespace with an operator of its own, which may be stopped, on a plane that has no other
    /// and no controller manager.
    pub async fn with_own_operator(prefix: &str) -> Self {
        Self::with_arguments(prefix, &["--allow-loopback"], &[]).await
    }

    /// As [`with_own_operator`](Self::with_own_operator), with these arguments alone and more
    /// environment.
    pub async fn with_arguments(prefix: &str, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let turn = Turn::WithOthers(PLANE_IN_USE.read().await);
        Self::behind(prefix, turn, arguments, env).await
    }

    /// As [`with_own_operator`](Self::with_own_operator), taking part in a leader election.
    pub async fn with_candidate(prefix: &str) -> Self {
        Self::with_arguments(prefix, &["--allow-loopback", "--leader-election"], &[]).await
    }

    /// As [`with_candidate`](Self::with_candidate), while no other test uses the plane.
    pub async fn with_candidate_and_own_plane(prefix: &str) -> Self {
        let turn = Turn::Alone(PLANE_IN_USE.write().await);
        Self::behind(prefix, turn, &["--allow-loopback", "--leader-election"], &[]).await
    }

    /// As [`with_own_operator`](Self::with_own_operator), while no other test uses the plane: faults
    /// may be done to it.
    pub async fn with_own_plane(prefix: &str) -> Self {
        let turn = Turn::Alone(PLANE_IN_USE.write().await);
        Self::behind(prefix, turn, &["--allow-loopback"], &[]).await
    }

    async fn behind(prefix: &str, turn: Turn, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        static PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
        let start = || Harness::control_plane().controller_manager(false).start();
        let plane = PLANE.get_or_try_init(start).await.expect("the control plane starts");
        if plane.api_server().id().is_none() {
            // A test that failed left it so.
            plane.api_server().restart().await.expect("the API server starts again");
        }
        let namespace = plane.namespace(prefix).await.expect("the namespace is made");
        let client = plane.client().await.expect("the admin has a client");
        let operator = replica(plane, namespace.name(), ACCOUNT, arguments, env).await;
        let stage = Arc::new(Stage { plane, operator });
        Self { stage, namespace, client, _turn: Some(turn) }
    }

    /// Starts a further operator on the stage, with its own service account.
    pub async fn another_candidate(&self, account: &str) -> Operator {
        self.another_operator(account, &["--allow-loopback", "--leader-election"]).await
    }

    /// As [`another_candidate`](Self::another_candidate), with these arguments.
    pub async fn another_operator(&self, account: &str, arguments: &[&str]) -> Operator {
        replica(self.stage.plane, self.namespace.name(), account, arguments, &[]).await
    }

    /// A namespace with an operator that was started under an account of its own.
    pub async fn under(plane: &'static ControlPlane, namespace: Namespace, it: Operator) -> Self {
        Self::in_namespace(Arc::new(Stage { plane, operator: it }), namespace).await
    }

    /// A namespace that is there already, on a stage.
    pub async fn in_namespace(stage: Arc<Stage>, namespace: Namespace) -> Self {
        let client = stage.plane.client().await.expect("the admin has a client");
        Self { stage, namespace, client, _turn: None }
    }

    /// Starts another operator in place of the one that was stopped.
    pub async fn start_operator(&mut self) {
        let plane = self.stage.plane;
        let name = format!("{}.{ACCOUNT}.kubeconfig", self.namespace.name());
        let arguments = ["--namespace", self.namespace.name()];
        let operator = start_operator(&plane.folder().path().join(name), &arguments).await;
        self.stage = Arc::new(Stage { plane, operator });
    }

    pub fn connections(&self) -> Api<Connection> {
        Api::namespaced(self.client.clone(), self.namespace.name())
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace.name())
    }

    /// Creates or changes a Connection.
    pub async fn apply(&self, name: &str, spec: serde_json::Value) -> Connection {
        self.try_apply(name, &spec).await.expect("the Connection is accepted")
    }

    /// As [`apply`](Self::apply), or the API server's refusal.
    pub async fn try_apply(
        &self,
        name: &str,
        spec: &serde_json::Value,
    ) -> Result<Connection, kube::Error> {
        let connection = serde_json::json!({
            "apiVersion": "connection-operator.io/v1alpha1", "kind": "Connection",
            "metadata": { "name": name }, "spec": spec,
        });
        let params = PatchParams::apply("test").force();
        self.connections().patch(name, &params, &Patch::Apply(connection)).await
    }

    /// Creates or changes a Secret.
    pub async fn put_secret(&self, name: &str, data: &[(&str, &[u8])]) -> Secret {
        let data: BTreeMap<_, _> = data
            .iter()
            .map(|(key, value)| (*key, k8s_openapi::ByteString(value.to_vec())))
            .collect();
        let secret = serde_json::json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "data": data });
        let params = PatchParams::apply("test").force();
        self.secrets()
            .patch(name, &params, &Patch::Apply(secret))
            .await
            .expect("the Secret is accepted")
    }

    pub async fn connection(&self, name: &str) -> Connection {
        self.connections().get(name).await.expect("the Connection is there")
    }

    /// The data of a Secret as text, where it is there.
    pub async fn data(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let secret = self.secrets().get_opt(name).await.expect("the API server answers")?;
        let text = |(key, value): (String, k8s_openapi::ByteString)| {
            (key, String::from_utf8_lossy(&value.0).into_owned())
        };
        Some(secret.data.unwrap_or_default().into_iter().map(text).collect())
    }

    /// Waits until a condition has a status and a reason.
    pub async fn until(&self, name: &str, kind: &str, status: &str, reason: &str) -> Connection {
        let what = format!("{name}: {kind}={status} ({reason})");
        wait::until(SOON, &what, async || {
            let connection = self.connection(name).await;
            let there = condition(&connection, kind);
            let current = connection.status.as_ref().and_then(|status| status.observed_generation)
                == connection.metadata.generation;
            if current && there.0 == status && there.1 == reason {
                Ok(connection)
            } else {
                Err(format!("{there:?}"))
            }
        })
        .await
    }

    pub async fn until_issued(&self, name: &str) -> Connection {
        self.until(name, "Ready", "True", "TokenIssued").await
    }

    /// Waits until the token Secret holds another token than `old`; returns the new one.
    pub async fn until_renewed(&self, secret: &str, old: Option<&str>) -> String {
        wait::until(SOON, &format!("another token in {secret}"), async || {
            let token = self.data(secret).await.and_then(|data| data.get("access_token").cloned());
            token
                .filter(|token| Some(token.as_str()) != old)
                .ok_or_else(|| "still the old one".to_owned())
        })
        .await
    }

    /// Changes a Connection by a merge patch.
    pub async fn change(&self, name: &str, patch: serde_json::Value) -> Connection {
        let params = PatchParams { field_manager: Some("test".to_owned()), ..Default::default() };
        self.connections()
            .patch(name, &params, &Patch::Merge(patch))
            .await
            .expect("the change is accepted")
    }

    /// Changes a Secret by a merge patch.
    pub async fn change_secret(&self, name: &str, patch: serde_json::Value) -> Secret {
        let params = PatchParams { field_manager: Some("test".to_owned()), ..Default::default() };
        self.secrets()
            .patch(name, &params, &Patch::Merge(patch))
            .await
            .expect("the change is accepted")
    }

    /// What the operator asked of the API server about objects of this namespace since a mark,
    /// events aside.
    pub fn calls_since(&self, mark: Mark) -> Vec<AuditEvent> {
        let events = self.stage.plane.audit(mark).expect("the audit log is read");
        let ours = |event: &AuditEvent| {
            event.namespace == self.namespace.name()
                && event.user.ends_with(&format!(":{ACCOUNT}"))
                && event.resource != "events"
                && !["list", "watch"].contains(&event.verb.as_str())
        };
        events.into_iter().filter(ours).collect()
    }

    pub async fn annotate(&self, name: &str, key: &str, value: &str) {
        let patch = serde_json::json!({ "metadata": { "annotations": { key: value } } });
        self.connections()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .expect("the annotation is accepted");
    }

    /// The events of a Connection, as reason and note.
    pub async fn events(&self, name: &str) -> Vec<(String, String)> {
        let api = Api::<Event>::namespaced(self.client.clone(), self.namespace.name());
        let events = api.list(&ListParams::default()).await.expect("events are listed");
        let of = |event: &Event| {
            event.regarding.as_ref().and_then(|object| object.name.as_deref()) == Some(name)
        };
        events
            .into_iter()
            .filter(of)
            .map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default()))
            .collect()
    }

    /// Waits for an event, which is written after the status that it describes.
    pub async fn until_event(&self, name: &str, reason: &str) {
        wait::until(SOON, &format!("the event {reason} of {name}"), async || {
            let events = self.events(name).await;
            let there = events.iter().any(|(known, _)| known == reason);
            if there { Ok(()) } else { Err(format!("{events:?}")) }
        })
        .await;
    }

    /// Demands that none of these secrets shows outside a Secret: in the resources, the events, the
    /// operator's logs at trace level, its metrics.
    pub async fn assert_no_leak(&self, secrets: &[String]) {
        let connections =
            self.connections().list(&ListParams::default()).await.expect("Connections are listed");
        let events = Api::<Event>::namespaced(self.client.clone(), self.namespace.name());
        let events = events.list(&ListParams::default()).await.expect("events are listed");
        let metadata =
            self.secrets().list_metadata(&ListParams::default()).await.expect("metadata is listed");
        let places = [
            ("the Connections", serde_json::to_string(&connections.items).expect("JSON")),
            ("the events", serde_json::to_string(&events.items).expect("JSON")),
            ("the metadata of Secrets", serde_json::to_string(&metadata.items).expect("JSON")),
            ("the operator's log", self.stage.operator.process.log()),
            ("the metrics", self.stage.operator.get("/metrics").1),
        ];
        assert!(!secrets.is_empty(), "there are canaries to look for");
        for (place, text) in places {
            for secret in secrets {
                assert!(secret.len() >= 8, "a canary is too long to occur by chance: {secret}");
                if let Some(at) = text.find(secret.as_str()) {
                    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                    let far = text[line..at].char_indices().rev().nth(300).map_or(0, |item| item.0);
                    let before = &text[line + far..at];
                    panic!("{place} shows a secret of {} bytes after: {before}", secret.len());
                }
            }
        }
    }
}

/// Status and reason of a condition.
pub fn condition(connection: &Connection, kind: &str) -> (String, String) {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == kind)
        .map(|condition| (condition.status.clone(), condition.reason.clone()))
        .next()
        .unwrap_or_default()
}

/// The message of a condition.
pub fn message(connection: &Connection, kind: &str) -> String {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == kind)
        .map(|condition| condition.message.clone())
        .next()
        .unwrap_or_default()
}

/// The uid of a Connection.
pub fn uid(connection: &Connection) -> String {
    connection.uid().expect("it has a uid")
}
