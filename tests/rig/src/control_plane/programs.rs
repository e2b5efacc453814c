//! The command lines of the three servers.

use crate::control_plane::assets::Assets;
use crate::process::Program;
use crate::scratch::Scratch;

/// The ports of one control plane, all on the loopback address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) etcd: u16,
    pub(crate) etcd_peer: u16,
    pub(crate) api_server: u16,
}

/// Every request is logged by its metadata, but for the servers' own housekeeping.
pub(crate) const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: ['system:apiserver', 'system:kube-controller-manager']
  - level: None
    nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/openapi/*', '/version']
  - level: Metadata
";

pub(crate) fn etcd(assets: &Assets, folder: &Scratch, ports: Ports) -> Program {
    let clients = format!("http://127.0.0.1:{}", ports.etcd);
    let peers = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let args = [
        format!("--data-dir={}", folder.file("etcd")),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // The data is thrown away.
        "--unsafe-no-fsync".to_owned(),
    ];
    program(assets.etcd.clone(), args.into(), folder, "etcd.log")
}

pub(crate) fn api_server(assets: &Assets, folder: &Scratch, ports: Ports) -> Program {
    let mut args = vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        format!("--secure-port={}", ports.api_server),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--tls-cert-file={}", folder.file("serving.crt")),
        format!("--tls-private-key-file={}", folder.file("serving.key")),
        format!("--client-ca-file={}", folder.file("ca.crt")),
        format!("--service-account-key-file={}", folder.file("service-account.pub")),
        format!("--service-account-signing-key-file={}", folder.file("service-account.key")),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        "--profiling=false".to_owned(),
        format!("--audit-policy-file={}", folder.file("audit-policy.yaml")),
        format!("--audit-log-path={}", folder.file("audit.log")),
        // An answer is sent after its line is written, so that a test can count.
        "--audit-log-mode=blocking-strict".to_owned(),
        // In megabytes; a log that is rotated cannot be read from a mark.
        "--audit-log-maxsize=100000".to_owned(),
    ];
    if assets.controller_manager.is_none() {
        // No controller creates the default service accounts that it requires.
        args.push("--disable-admission-plugins=ServiceAccount".to_owned());
    }
    program(assets.api_server.clone(), args, folder, "kube-apiserver.log")
}

pub(crate) fn controller_manager(assets: &Assets, folder: &Scratch) -> Option<Program> {
    let path = assets.controller_manager.clone()?;
    let args = [
        format!("--kubeconfig={}", folder.file("controller-manager.kubeconfig")),
        format!("--root-ca-file={}", folder.file("ca.crt")),
        format!("--service-account-private-key-file={}", folder.file("service-account.key")),
        format!("--controllers={CONTROLLERS}"),
        "--use-service-account-credentials".to_owned(),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
    ];
    Some(program(path, args.into(), folder, "kube-controller-manager.log"))
}

const CONTROLLERS: &str = "garbage-collector-controller,namespace-controller,\
serviceaccount-controller,serviceaccount-token-controller,root-ca-certificate-publisher-controller,\
clusterrole-aggregation-controller,deployment-controller,replicaset-controller";

fn program(path: std::path::PathBuf, args: Vec<String>, folder: &Scratch, log: &str) -> Program {
    Program { path, args, env: Vec::new(), log: folder.path().join(log) }
}
