//! Before the person goes anywhere: a Connection that can be authorized, and a ticket for it.

use std::time::Duration;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::cluster::Cluster;
use crate::error::CliError;
use crate::terminal::Terminal;
use connection_client::api::connection::Connection;
use connection_client::api::names::TICKET_ANNOTATION;
use connection_client::observation::authorization_target::{NotAuthorizable, authorization_target};
use connection_core::clock::{self, Stopwatch};
use connection_core::connection::digest::Digest;
use connection_core::connection::ticket::{self, TicketRecord};
use connection_core::random;

/// How long the operator may take to look at a new Connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before saying what is waited for.
const SILENCE: Duration = Duration::from_secs(2);

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// An authorization that was begun.
pub(super) struct StartedAuthorization {
    /// The ticket.
    pub ticket: SecretString,
}

impl StartedAuthorization {
    /// What the status calls the ticket.
    pub(super) fn digest(&self) -> Digest {
        ticket::ticket_digest(&self.ticket)
    }

    /// The page with the ticket.
    pub(super) fn link(&self, page: &str) -> String {
        format!("{page}?ticket={}", self.ticket.expose_secret())
    }
}

/// The operator's page of a Connection.
pub(super) fn page(connection: &Connection) -> Option<String> {
    connection.status.as_ref()?.authorization.as_ref()?.consent_url.clone()
}

/// Waits until the operator has said where to go.
pub(super) async fn ready(
    cluster: &Cluster,
    name: &str,
    terminal: &mut Terminal<'_>,
) -> Result<Connection, CliError> {
    let (stopwatch, mut told) = (Stopwatch::start(), false);
    loop {
        let connection = cluster.connection(name).await?;
        let Err(why) = authorization_target(&connection) else { return Ok(connection) };
        if stopwatch.elapsed() > PATIENCE || !may_pass(&why) {
            return Err(CliError::Cannot(refused(name, &why)));
        }
        if stopwatch.elapsed() > SILENCE && !std::mem::replace(&mut told, true) {
            terminal.stderr(&format!(
                "Waiting until the operator says where to go for `{name}`: {}",
                words(&why)
            ));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether waiting may help.
fn may_pass(why: &NotAuthorizable<'_>) -> bool {
    matches!(why, NotAuthorizable::Unknown { stalled: false, .. })
}

fn refused(name: &str, why: &NotAuthorizable<'_>) -> String {
    let words = words(why);
    match why {
        NotAuthorizable::OtherFlow(_) => format!("Connection `{name}` needs no consent: {words}"),
        NotAuthorizable::Suspended => format!("Connection `{name}` is suspended: {words}"),
        NotAuthorizable::NotEnrolled(_) => {
            format!("Connection `{name}` cannot be authorized now: {words}")
        }
        NotAuthorizable::Unknown { .. } => {
            format!("the operator has not said where to go for `{name}`: {words}")
        }
    }
}

fn words(why: &NotAuthorizable<'_>) -> String {
    match why {
        NotAuthorizable::OtherFlow(flow) => format!("its flow is {}", flow.as_str()),
        NotAuthorizable::Suspended => "set spec.suspend to false first".to_owned(),
        NotAuthorizable::NotEnrolled(told) | NotAuthorizable::Unknown { ready: Some(told), .. } => {
            format!("{} ({})", told.message, told.reason)
        }
        NotAuthorizable::Unknown { ready: None, .. } => {
            "it has said nothing of this spec: check that it runs and watches this namespace"
                .to_owned()
        }
    }
}

/// Makes a ticket and puts its digest on the Connection.
pub(super) async fn begin(
    cluster: &Cluster,
    connection: &Connection,
) -> Result<StartedAuthorization, CliError> {
    let name = connection.name_any();
    let ticket = ticket::ticket(random::bytes());
    let generation = connection.metadata.generation.unwrap_or_default();
    let note = TicketRecord::new(&ticket, generation, whoami(cluster).await, clock::now());
    let annotations = json!({ TICKET_ANNOTATION: note.to_annotation() });
    let patch = Patch::Merge(json!({
        "metadata": { "uid": connection.metadata.uid, "annotations": annotations }
    }));
    let params = PatchParams {
        field_manager: Some("kubectl-connection".to_owned()),
        ..PatchParams::default()
    };
    let patched = cluster.connections().patch_metadata(&name, &params, &patch).await;
    let doing = format!("authorizing Connection `{name}`, which takes the right to patch it");
    patched.map_err(CliError::call(doing))?;
    Ok(StartedAuthorization { ticket })
}

/// Who the caller is, where the API server tells.
async fn whoami(cluster: &Cluster) -> Option<String> {
    let api = Api::<SelfSubjectReview>::all(cluster.client.clone());
    let review = api.create(&PostParams::default(), &SelfSubjectReview::default()).await.ok()?;
    review.status?.user_info?.username
}
