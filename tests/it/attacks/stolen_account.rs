//! An attacker has stolen the token of the operator's service account: what it may do, as the API server
//! describes it, in each RBAC profile. The files next to this one record the result; REGENERATE=1
//! writes them.

use std::fs;
use std::path::PathBuf;

use rig::control_plane::{ControlPlane, Namespace};
use rig::wait;
use serde_json::json;

use crate::attacks::installation::plane;
use crate::chart::helm::{CHART, helm};
use crate::stage::{ACCOUNT, SOON};

/// The Secrets of a namespace.
const SECRETS: [&str; 3] = ["payments", "database", "crm"];

/// A release whose account was stolen, and the namespaces that it is tried in.
struct Theft {
    plane: &'static ControlPlane,
    kubeconfig: PathBuf,
    release: Namespace,
    tenant: Namespace,
    foreign: Namespace,
}

impl Theft {
    async fn new(profile: &str) -> Self {
        let plane = plane().await;
        let namespace = async |prefix: &str| plane.namespace(prefix).await.expect("a namespace");
        let (release, tenant, foreign) =
            (namespace("release").await, namespace("tenant").await, namespace("foreign").await);
        for namespace in [&release, &tenant, &foreign] {
            for secret in SECRETS {
                let args = ["create", "secret", "generic", secret, "-n", namespace.name()];
                plane.kubectl_ok(&args, "").await.expect("the Secret is made");
            }
        }
        let field = if profile == "OptIn" { "enrolledNamespaces" } else { "namespaces" };
        let values = json!({
            "fullnameOverride": release.name(),
            "serviceAccount": { "name": ACCOUNT },
            "crds": { "enabled": false },
            "rbac": { "profile": profile, "aggregatedRoles": false, field: [tenant.name()] },
            "consent": { "publicUrl": "https://connect.example.com" },
        });
        let install = ["install", "stolen", CHART, "--namespace", release.name(), "--values", "-"];
        helm(Some(plane.kubeconfig()), &install, &values).printed();
        let kubeconfig = plane.account_kubeconfig(release.name(), ACCOUNT).await.expect("a token");
        let theft = Self { plane, kubeconfig, release, tenant, foreign };
        wait::until_true(SOON, "the rights are granted", async || {
            theft.readable(&theft.tenant).await == SECRETS.len()
        })
        .await;
        theft
    }

    /// What kubectl prints for the stolen account; nothing where it is refused.
    async fn kubectl(&self, args: &[&str]) -> Option<String> {
        let said = self.plane.kubectl_as(&self.kubeconfig, args, "").await.expect("kubectl runs");
        said.success.then_some(said.stdout)
    }

    /// How many Secrets of a namespace can be read: by name, or all at once.
    async fn readable(&self, namespace: &Namespace) -> usize {
        let list = ["get", "secrets", "-o", "name", "-n", namespace.name()];
        let listed = self.kubectl(&list).await.unwrap_or_default();
        let ours = |line: &&str| SECRETS.iter().any(|secret| line.ends_with(&format!("/{secret}")));
        let listed = listed.lines().filter(ours).count();
        let mut named = 0;
        for secret in SECRETS {
            let get = ["get", "secret", secret, "-n", namespace.name()];
            named += usize::from(self.kubectl(&get).await.is_some());
        }
        listed.max(named)
    }

    /// The rights in a namespace, as resources, paths, names and verbs; the release's name replaced.
    async fn rights(&self, namespace: &Namespace) -> String {
        let list = ["auth", "can-i", "--list", "--no-headers", "-n", namespace.name()];
        let said = self.kubectl(&list).await.expect("everybody may ask");
        let mut lines: Vec<_> = said
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .map(|line| line.replace(self.release.name(), "RELEASE"))
            .collect();
        // What every account may: find out what the API server serves, and what it may do itself.
        lines.retain(|line| !line.starts_with('[') && !line.starts_with("selfsubject"));
        lines.sort();
        lines.dedup();
        if lines.is_empty() {
            return "nothing".to_owned();
        }
        lines.join("\n")
    }

    async fn record(&self) -> String {
        let mut record = Vec::new();
        for (title, namespace) in [
            ("the operator's own namespace", &self.release),
            ("a namespace with Connections", &self.tenant),
            ("any other namespace", &self.foreign),
        ] {
            let (rights, readable) = (self.rights(namespace).await, self.readable(namespace).await);
            let of = SECRETS.len();
            record.push(format!("# In {title} it reads {readable} of {of} Secrets.\n{rights}\n"));
        }
        record.join("\n")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_account_has_only_the_documented_rights() {
    for profile in ["Namespaced", "OptIn", "Cluster"] {
        let theft = Theft::new(profile).await;
        let readable = theft.readable(&theft.foreign).await;
        let everywhere = theft.kubectl(&["get", "secrets", "-A"]).await.is_some();
        let expected = if profile == "Cluster" { (SECRETS.len(), true) } else { (0, false) };
        assert_eq!((readable, everywhere), expected, "{profile}");
        let record = theft.record().await;
        let file = format!("tests/it/attacks/stolen_account.{}.txt", profile.to_lowercase());
        let path = crate::docs::path(&file);
        if std::env::var_os("REGENERATE").is_some() {
            fs::write(&path, &record).expect("the record is written");
        }
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        assert!(recorded == record, "{file} is out of date (REGENERATE=1 writes it):\n{record}");
    }
}
