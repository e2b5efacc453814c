//! The commands that install, upgrade, operate and uninstall the operator.

use std::os::unix::fs::symlink;

use rig::control_plane::ControlPlane;
use rig::simulator::Simulator;

use super::commands::{Shown, shown};
use super::node;
use super::shell::Shell;
use crate::chart::helm::{CHART, helm};
use crate::docs::blocks::{Block, blocks};
use crate::docs::path;
use crate::stage::{ACCOUNT, Operator, SOON};

const RELEASE: &str = "connection-operator";
const QUICK_START: &str = "README.md";
const CHART_PAGE: &str = "charts/connection-operator/README.md";
const INSTALL: &str = "docs/install.md";
const CAUSES: &str = "docs/reasons/causes.md";

/// Pages about operating an installation, in the order of its life cycle.
const CARE: [&str; 9] = [
    CAUSES,
    "docs/operations/backup.md",
    "docs/operations/leader-election.md",
    "docs/operations/upgrade.md",
    "docs/runbooks/ConnectionOperatorAbsent.md",
    "docs/runbooks/ConnectionOperatorReconcileErrors.md",
    "docs/runbooks/ConnectionOperatorSeveralLeaders.md",
    "docs/runbooks/ConnectionOperatorWithoutLeader.md",
    "CONTRIBUTING.md",
];

/// Whether a block is about an installation, not about a namespace.
pub fn is_about_it(block: &Block) -> bool {
    let page = block.page.as_str();
    match page {
        QUICK_START => block.language == "sh",
        // The other commands of that page need a Connection.
        CAUSES => block.text.contains(" --as=system:serviceaccount:"),
        _ => [CHART_PAGE, INSTALL].contains(&page) || CARE.contains(&page),
    }
}

/// An empty cluster and a shell.
struct Visit {
    plane: ControlPlane,
    shell: Shell,
    operator: Option<Operator>,
}

impl Visit {
    async fn begin(simulator: &Simulator) -> Self {
        let plane = ControlPlane::start().await.expect("the control plane starts");
        let mut shell = Shell::new(&plane, plane.kubeconfig(), "default");
        for folder in ["charts", "examples"] {
            symlink(path(folder), shell.path(folder)).expect("a link");
        }
        let dist = shell.path("dist");
        let dist = dist.to_str().expect("a path of letters");
        helm(None, &["package", CHART, "--destination", dist], &serde_json::Value::Null).printed();
        shell.environment.push(("CLIENT_SECRET".to_owned(), "canary-of-the-docs".to_owned()));
        // There is no kubelet to fetch logs from.
        shell.name("kubectl logs ", "pod-logs ");
        let logs = "#!/bin/sh\nexec cat \"$HOME/pods.log\"\n";
        shell.program("pod-logs", logs);
        shell.name("https://login.example.com/oauth2/token", &simulator.token_endpoint());
        shell.name("connection-operator-VERSION", "connection-operator-0.1.0");
        shell.name("NAMESPACE:NAME", &format!("{RELEASE}:{ACCOUNT}"));
        for name in ["OPERATOR_NAMESPACE", "NAMESPACE"] {
            shell.name(name, RELEASE);
        }
        Self { plane, shell, operator: None }
    }

    async fn page(&mut self, page: &str) {
        for one in shown_in(page) {
            self.run(&one).await;
        }
    }

    async fn run(&mut self, shown: &Shown) {
        if shown.script.contains("helm uninstall") {
            self.operator = None;
        }
        let code = self.write_log(shown);
        self.shell.run(shown, code).await;
        if shown.script.contains("helm install") {
            self.operator = Some(node::start_operator(&self.plane, RELEASE).await);
        }
    }
}

impl Visit {
    /// Writes the log that `kubectl logs` would fetch. Returns the code that the command ends with:
    /// `grep` says by it whether it finds anything.
    fn write_log(&self, shown: &Shown) -> i32 {
        let Some(operator) = &self.operator else { return 0 };
        let log = operator.process.log();
        std::fs::write(self.shell.path("pods.log"), &log).expect("it is written");
        let is_found = log.contains(r#""level":"WARN""#) || log.contains(r#""level":"ERROR""#);
        i32::from(shown.script.contains("grep") && !is_found)
    }

    /// What the page says that there is to see then.
    async fn sees_what_the_quick_start_ends_with(&self) {
        rig::wait::until_true(SOON, "READY False, REASON SecretNotFound", async || {
            let list = ["get", "connections.connection-operator.io", "-n", "default"];
            let said = self.plane.kubectl_ok(&list, "").await.expect("kubectl runs");
            let row = said.lines().nth(1).unwrap_or_default();
            row.split_whitespace().skip(1).take(2).eq(["False", "SecretNotFound"])
        })
        .await;
    }
}

fn shown_in(page: &str) -> Vec<Shown> {
    let blocks = blocks().into_iter().filter(|block| block.page == page && is_about_it(block));
    blocks.flat_map(|block| shown(&block)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_install_operate_and_uninstall_the_operator() {
    let simulator = Simulator::start().expect("the simulator starts");
    let mut visit = Visit::begin(&simulator).await;
    let client = visit.plane.client().await.expect("a client");
    let _node = node::pods_are_ready(client, RELEASE);
    let install = shown_in(INSTALL);
    let (uninstall, install) = install.split_last().expect("commands");

    visit.page(QUICK_START).await;
    visit.sees_what_the_quick_start_ends_with().await;
    visit.run(uninstall).await;

    visit.page(CHART_PAGE).await;
    visit.run(uninstall).await;

    for one in install {
        visit.run(one).await;
    }
    for page in CARE {
        visit.page(page).await;
    }
    assert!(visit.shell.path("backup.yaml").exists());
    visit.run(uninstall).await;
    assert!(simulator.count() > 0, "a token was asked for");
}
