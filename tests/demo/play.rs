//! The course of the demo.

use std::time::Duration;

use connection_client::api::connection::Connection;
use connection_core::clock::Stopwatch;
use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt as _};
use rig::scratch::Scratch;
use rig::wait;

use crate::example::{self, Example};
use crate::failure::Failure;
use crate::progress::{step, while_waiting};
use crate::stage::{self, Stage, TOKEN_LIFETIME};
use crate::{refreshes, show};

/// Timeout of each phase of the demo; generous, because the machine may be busy.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Runs the demo until Ctrl-C, or with `once` until each token was renewed once.
pub async fn play(once: bool) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    show::welcome();
    let provider = stage::provider()?;
    let endpoint = provider.token_endpoint();
    let what =
        "starting etcd, kube-apiserver and kube-controller-manager; making keys and keystores";
    let both = async { tokio::try_join!(stage::control_plane(), keystores(endpoint.clone())) };
    let (plane, examples) = step(what, both).await?;
    for example in &examples {
        let registered = provider.register(&example.issuer(), &example.certificate);
        let failed = |why| Failure::Certificate { example: example.name, why };
        registered.map_err(|error| failed(error.to_string()))?;
    }
    show::provider(&endpoint, TOKEN_LIFETIME);
    let stage = Stage::start(provider, plane).await?;
    show::without_java(&examples);
    tokio::select! {
        failure = stage.operator_ends() => Err(failure),
        played = connections(&stage, &examples, stopwatch, once) => played,
    }
}

/// Keys take a moment, and keytool two.
async fn keystores(endpoint: String) -> Result<Vec<Example>, Failure> {
    let make = move || {
        let folder = Scratch::new("connection-operator-demo-");
        let folder = folder.map_err(Failure::io("making a temporary folder"))?;
        example::all(folder.path(), &endpoint)
    };
    let done = tokio::task::spawn_blocking(make).await;
    done.map_err(std::io::Error::other).map_err(Failure::io("making keystores"))?
}

async fn connections(
    stage: &Stage,
    examples: &[Example],
    stopwatch: Stopwatch,
    once: bool,
) -> Result<(), Failure> {
    println!("==> applying the manifests");
    for example in examples {
        let (keystore, path) = (example.keystore, example.manifest.path());
        println!("    $ kubectl apply --server-side -f {path}   # {keystore}");
        show::indented(&example.manifest.apply(&stage.plane).await?);
    }
    let client = stage.plane.client().await?;
    println!("==> waiting until the Connections are Ready");
    until_ready(stage, &client, examples.len()).await?;
    println!("    all are, {:.1} s after the demo began", stopwatch.elapsed().as_secs_f64());
    show::kubectl(&stage.plane, &["get", "connections"]).await?;
    for example in examples {
        show::secret(&client, &example.secret()).await?;
    }
    show::access(&stage.plane);
    refreshes::watch(stage, &client, examples, once).await
}

/// Waits until so many Connections are Ready, and prints which are not.
async fn until_ready(stage: &Stage, client: &Client, count: usize) -> Result<(), Failure> {
    let api = Api::<Connection>::default_namespaced(client.clone());
    let waiting = std::cell::RefCell::new("the operator".to_owned());
    let ready = wait::try_until(READY_WITHIN, "", async || {
        let list = api.list(&ListParams::default()).await.map_err(|error| error.to_string())?;
        let missing: Vec<_> = list.iter().filter_map(not_ready).collect();
        waiting.replace(missing.join("; "));
        if missing.is_empty() && list.items.len() == count { Ok(()) } else { Err(String::new()) }
    });
    let remind = || println!("    still waiting for {}", waiting.borrow());
    let ready = while_waiting(ready, remind).await;
    ready.map_err(|_| {
        stage.timed_out(format!("Ready Connections; not ready: {}", waiting.borrow()), READY_WITHIN)
    })
}

/// What is to be said of a Connection that is not ready.
fn not_ready(connection: &Connection) -> Option<String> {
    let (status, reason, message) = show::ready(connection);
    let name = connection.name_any();
    match status {
        "True" => None,
        "" => Some(format!("{name} (not seen by the operator yet)")),
        _ => Some(format!("{name} ({reason}: {message})")),
    }
}
