//! Waits for what the authorization comes to.

use std::time::Duration;

use kube::ResourceExt;

use crate::api::connection::Connection;
use crate::api::status::ConnectionStatus;
use crate::cli::authorize::begin::Begun;
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::human::duration;
use crate::cli::terminal::Terminal;
use crate::clock::{self, Stopwatch};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Waits until the operator has handled the ticket, and says what came of it.
pub async fn wait(
    cluster: &Cluster,
    before: &Connection,
    begun: &Begun,
    limit: Duration,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let (stopwatch, name) = (Stopwatch::start(), before.name_any());
    let digest = begun.digest().to_string();
    loop {
        let connection = cluster.connection(&name).await?;
        let status = connection.status.unwrap_or_default();
        let authorization = status.authorization.as_ref();
        if authorization.and_then(|one| one.last_handled_ticket.as_ref()) == Some(&digest) {
            return Ok(told(&name, before, &status, terminal));
        }
        if stopwatch.elapsed() > limit {
            terminal.remark(&format!(
                "{name}: nobody gave consent in time: run the same command again"
            ));
            return Ok(Exit::NeedsAuthorization);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn told(
    name: &str,
    before: &Connection,
    status: &ConnectionStatus,
    terminal: &mut Terminal<'_>,
) -> Exit {
    let since = |status: Option<&ConnectionStatus>| status?.authorization.as_ref()?.authorized_at;
    let given = since(Some(status)) != since(before.status.as_ref());
    let ready = status.condition("Ready");
    if given && ready.is_some_and(|one| one.status == "True") {
        terminal.answer(&success(name, status));
        return Exit::Ready;
    }
    let condition = if given { ready } else { status.condition("Authorized") };
    let why = condition.map_or("the operator does not say why", |one| one.message.as_str());
    terminal.remark(&format!("{name}: {why}"));
    if given { Exit::Error } else { Exit::NeedsAuthorization }
}

/// As whom, for how long, and where the token is.
fn success(name: &str, status: &ConnectionStatus) -> String {
    let group = status.connection_group.as_ref();
    let account = status.authorization.as_ref().and_then(|one| one.account.as_deref());
    let whom = account.map(|account| format!(" as {account}")).unwrap_or_default();
    let end = group.and_then(|one| one.expires_at).map(|end| end.duration_since(clock::now()));
    let valid = end.map(|left| format!(", token valid for {}", duration(left))).unwrap_or_default();
    let secret = group.and_then(|one| one.secret_name.as_ref());
    let secret = secret.map(|secret| format!(", Secret {secret}")).unwrap_or_default();
    format!("{name}: authorized{whom}{valid}{secret}")
}
