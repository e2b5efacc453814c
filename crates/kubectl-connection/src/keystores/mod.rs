//! `keystores [SECRET]`: lists the Secrets that hold a keystore, and their contents.
//! Opens keystores with the code and the password lookup of the operator; shows no key.

mod contents;
mod find;
mod text;
mod users;

use k8s_openapi::api::core::v1::Secret;
use kube::api::ListParams;

use crate::arguments::{KeystoresArguments, OutputFormat};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::keystores::contents::KeystoreInfo;
use crate::keystores::users::User;
use crate::terminal::Terminal;
use connection_core::clock;

const REMEDY: &str = "add one under keystore.p12, keystore.pfx, keystore.jks or keystore.pem, or under tls.crt and tls.key";

/// Lists keystores, or shows the keystores of one Secret.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &KeystoresArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let secrets = secrets(cluster, arguments.name.as_deref()).await?;
    // The keystores are useful without the Connections that use them.
    let users = users::list(cluster).await.unwrap_or_else(|error| {
        terminal.stderr(&format!("Cannot determine which Connections use a keystore: {error}"));
        Vec::new()
    });
    let keystores = open(secrets, users).await?;
    if keystores.is_empty()
        && let Some(name) = &arguments.name
    {
        return Err(CliError::Cannot(format!("Secret `{name}` has no keystore: {REMEDY}")));
    }
    let now = clock::now();
    match (arguments.output.format, &arguments.name) {
        (OutputFormat::Json, _) => terminal.stdout(&json::pretty(&keystores)),
        (OutputFormat::Text, _) if keystores.is_empty() => terminal
            .stdout(&format!("No keystores found in namespace {}: {REMEDY}.", cluster.namespace)),
        (OutputFormat::Text, Some(_)) => terminal.stdout(&text::details(&keystores, now)),
        (OutputFormat::Text, None) => terminal.stdout(&text::list(&keystores, now)),
    }
    // A list succeeds with locked keystores; the Secret that the user names must be usable.
    let usable =
        arguments.name.is_none() || keystores.iter().any(|keystore| keystore.problem.is_none());
    Ok(if usable { Exit::Ready } else { Exit::Error })
}

async fn secrets(cluster: &Cluster, name: Option<&str>) -> Result<Vec<Secret>, CliError> {
    let api = cluster.secrets();
    let Some(name) = name else {
        let listed = api.list(&ListParams::default()).await;
        return Ok(listed.map_err(CliError::call("listing Secrets"))?.items);
    };
    let read = api.get_opt(name).await;
    let secret = read.map_err(CliError::call(format!("reading Secret `{name}`")))?;
    secret.map(|secret| vec![secret]).ok_or_else(|| {
        CliError::Cannot(format!(
            "Secret `{name}` not found in namespace `{}`: list the keystores with `kubectl connection keystores`",
            cluster.namespace
        ))
    })
}

/// Opens all keystores of the Secrets, on a blocking thread because key derivation is slow by design.
async fn open(secrets: Vec<Secret>, users: Vec<User>) -> Result<Vec<KeystoreInfo>, CliError> {
    let work = tokio::task::spawn_blocking(move || {
        let all = secrets.into_iter().flat_map(|secret| {
            let data = secret.data.unwrap_or_default();
            let name = secret.metadata.name.unwrap_or_default();
            let keys = find::keystore_keys(&data).into_iter();
            keys.map(|key| contents::open(&name, &key, &data, &users)).collect::<Vec<_>>()
        });
        all.collect()
    });
    work.await.map_err(|error| CliError::System(error.into()))
}
