//! Kubeconfig files, and clients made from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};

use crate::control_plane::Error;
use crate::scratch::Scratch;

/// How a user of the API server proves who it is.
pub(crate) enum Credential<'a> {
    /// The client certificate and key of this name in the folder.
    Certificate(&'a str),
    /// A bearer token.
    Token(&'a str),
}

/// Writes `<name>.kubeconfig` for the API server on a port of this machine.
pub(crate) fn write(
    folder: &Scratch,
    name: &str,
    port: u16,
    credential: &Credential<'_>,
) -> Result<PathBuf, Error> {
    let ca = folder.file("ca.crt");
    let user = match credential {
        Credential::Certificate(name) => serde_json::json!({
            "client-certificate": folder.file(&format!("{name}.crt")),
            "client-key": folder.file(&format!("{name}.key")),
        }),
        Credential::Token(token) => serde_json::json!({ "token": token }),
    };
    // JSON is YAML.
    let config = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "rig", "cluster": {
            "server": format!("https://127.0.0.1:{port}"), "certificate-authority": ca } }],
        "users": [{ "name": name, "user": user }],
        "contexts": [{ "name": "rig", "context": { "cluster": "rig", "user": name } }],
        "current-context": "rig",
    });
    let path = folder.path().join(format!("{name}.kubeconfig"));
    let text = format!("{config:#}\n");
    fs::write(&path, text).map_err(Error::io(format!("writing {}", path.display())))?;
    Ok(path)
}

/// A client that reports a fault at once: no retries, a short time to connect. It belongs to the runtime that made it.
pub(crate) async fn client(path: &Path) -> Result<Client, Error> {
    // The first caller installs it; a second call fails, which is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let unreadable = |source| Error::Kubeconfig { path: path.to_owned(), source: Box::new(source) };
    let read = Kubeconfig::read_from(path).map_err(unreadable)?;
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(read, &options).await.map_err(unreadable)?;
    config.connect_timeout = Some(Duration::from_secs(5));
    config.default_retry = false;
    Client::try_from(config).map_err(Error::api(format!("a client from {}", path.display())))
}
