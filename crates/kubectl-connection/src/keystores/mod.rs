//! `keystores [SECRET]`: which Secrets hold a keystore, and what is in it.
//! Opens them as the operator would, with the passwords that it would find; shows no key.

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

/// Where a keystore is looked for, for messages.
const WHERE: &str = "put one under keystore.p12, keystore.pfx, keystore.jks or keystore.pem, or under tls.crt and tls.key";

/// Lists keystores, or shows one.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &KeystoresArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let secrets = secrets(cluster, arguments.name.as_deref()).await?;
    // The keystores are what was asked for: without their users they are shown all the same.
    let users = users::of(cluster).await.unwrap_or_else(|error| {
        terminal.stderr(&format!("Which Connections use a keystore is not known: {error}"));
        Vec::new()
    });
    let found = opened(secrets, users).await?;
    if found.is_empty()
        && let Some(name) = &arguments.name
    {
        return Err(CliError::Cannot(format!("Secret `{name}` holds no keystore: {WHERE}")));
    }
    let now = clock::now();
    match (arguments.output.format, &arguments.name) {
        (OutputFormat::Json, _) => terminal.stdout(&json::pretty(&found)),
        (OutputFormat::Text, _) if found.is_empty() => terminal.stdout(&format!(
            "No Secret of namespace {} holds a keystore: {WHERE}.",
            cluster.namespace
        )),
        (OutputFormat::Text, Some(_)) => terminal.stdout(&text::shown(&found, now)),
        (OutputFormat::Text, None) => terminal.stdout(&text::listed(&found, now)),
    }
    let usable = arguments.name.is_none() || found.iter().any(|one| one.problem.is_none());
    Ok(if usable { Exit::Ready } else { Exit::Error })
}

async fn secrets(cluster: &Cluster, name: Option<&str>) -> Result<Vec<Secret>, CliError> {
    let api = cluster.secrets();
    let Some(name) = name else {
        let listed = api.list(&ListParams::default()).await;
        return Ok(listed.map_err(CliError::call("listing Secrets"))?.items);
    };
    let read = api.get_opt(name).await;
    let there = read.map_err(CliError::call(format!("reading Secret `{name}`")))?;
    there.map(|secret| vec![secret]).ok_or_else(|| {
        CliError::Cannot(format!(
            "there is no Secret `{name}` in namespace `{}`: list those that hold a keystore by `kubectl connection keystores`",
            cluster.namespace
        ))
    })
}

/// Opens all keystores of the Secrets; key derivation is hard work by design.
async fn opened(secrets: Vec<Secret>, users: Vec<User>) -> Result<Vec<KeystoreInfo>, CliError> {
    let work = tokio::task::spawn_blocking(move || {
        let all = secrets.into_iter().flat_map(|secret| {
            let data = secret.data.unwrap_or_default();
            let name = secret.metadata.name.unwrap_or_default();
            let places = find::places(&data);
            let open = places.into_iter().map(|key| contents::open(&name, &key, &data, &users));
            open.collect::<Vec<_>>()
        });
        all.collect()
    });
    work.await.map_err(|error| CliError::System(error.into()))
}
