//! Waits for a Connection that can be authorized, and creates a ticket for it.

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

/// The time to wait for the operator to process a new Connection.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// The delay before a note is printed that the plugin waits.
const NOTE_DELAY: Duration = Duration::from_secs(2);

/// The interval between two reads of the Connection.
const POLL_INTERVAL: Duration = Duration::from_millis(300);

/// A started authorization.
pub(super) struct StartedAuthorization {
    pub ticket: SecretString,
}

impl StartedAuthorization {
    /// Returns the digest by which the status names the ticket.
    pub(super) fn digest(&self) -> Digest {
        ticket::ticket_digest(&self.ticket)
    }

    /// Adds the ticket to the URL of the consent page.
    pub(super) fn link(&self, page: &str) -> String {
        // A ticket is URL-safe base64, so it needs no percent-encoding.
        format!("{page}?ticket={}", self.ticket.expose_secret())
    }
}

/// Returns the URL of the consent page of a Connection.
pub(super) fn page(connection: &Connection) -> Option<String> {
    connection.status.as_ref()?.authorization.as_ref()?.consent_url.clone()
}

/// Waits until the Connection can be authorized.
///
/// # Errors
///
/// Returns an error if it cannot, or not in time.
pub(super) async fn ready(
    cluster: &Cluster,
    name: &str,
    terminal: &mut Terminal<'_>,
) -> Result<Connection, CliError> {
    let (stopwatch, mut noted) = (Stopwatch::start(), false);
    loop {
        let connection = cluster.connection(name).await?;
        let Err(error) = authorization_target(&connection) else { return Ok(connection) };
        if stopwatch.elapsed() > READY_TIMEOUT || !is_transient(&error) {
            return Err(CliError::Cannot(describe(name, &error)));
        }
        if stopwatch.elapsed() > NOTE_DELAY && !std::mem::replace(&mut noted, true) {
            terminal.stderr(&format!(
                "Waiting for the operator to report the authorization endpoint of `{name}`: {}",
                cause(&error)
            ));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn is_transient(error: &NotAuthorizable<'_>) -> bool {
    matches!(error, NotAuthorizable::Unknown { stalled: false, .. })
}

fn describe(name: &str, error: &NotAuthorizable<'_>) -> String {
    let cause = cause(error);
    match error {
        NotAuthorizable::OtherFlow(_) => {
            format!("Connection `{name}` needs no authorization: {cause}")
        }
        NotAuthorizable::Suspended => format!("Connection `{name}` is suspended: {cause}"),
        NotAuthorizable::NotEnrolled(_) => {
            format!("cannot authorize Connection `{name}`: {cause}")
        }
        NotAuthorizable::Unknown { .. } => {
            format!("the authorization endpoint of Connection `{name}` is unknown: {cause}")
        }
    }
}

fn cause(error: &NotAuthorizable<'_>) -> String {
    match error {
        NotAuthorizable::OtherFlow(flow) => format!("its flow is {}", flow.as_str()),
        NotAuthorizable::Suspended => "set spec.suspend to false".to_owned(),
        NotAuthorizable::NotEnrolled(ready)
        | NotAuthorizable::Unknown { ready: Some(ready), .. } => {
            format!("{} ({})", ready.message, ready.reason)
        }
        NotAuthorizable::Unknown { ready: None, .. } => {
            "the operator has not observed the spec: run `kubectl connection check`".to_owned()
        }
    }
}

/// Creates a ticket and writes its digest to the Connection.
///
/// # Errors
///
/// Returns an error if the caller may not patch the Connection.
pub(super) async fn start(
    cluster: &Cluster,
    connection: &Connection,
) -> Result<StartedAuthorization, CliError> {
    let name = connection.name_any();
    let ticket = ticket::ticket(random::bytes());
    // The generation that `ready` read: a later change of the spec invalidates the ticket.
    let generation = connection.metadata.generation.unwrap_or_default();
    // The username is informational: the operator does not trust it.
    let record = TicketRecord::new(&ticket, generation, whoami(cluster).await, clock::now());
    let annotations = json!({ TICKET_ANNOTATION: record.to_annotation() });
    // A merge patch replaces the ticket of an earlier run, which becomes invalid.
    let patch = Patch::Merge(json!({
        // The uid makes the API server reject the patch if the Connection was recreated.
        "metadata": { "uid": connection.metadata.uid, "annotations": annotations }
    }));
    let params = PatchParams {
        field_manager: Some("kubectl-connection".to_owned()),
        ..PatchParams::default()
    };
    let patched = cluster.connections().patch_metadata(&name, &params, &patch).await;
    patched.map_err(CliError::call(format!("annotating Connection `{name}`")))?;
    Ok(StartedAuthorization { ticket })
}

/// Returns the username of the caller. None if the API server does not support the review.
async fn whoami(cluster: &Cluster) -> Option<String> {
    let api = Api::<SelfSubjectReview>::all(cluster.client.clone());
    let review = api.create(&PostParams::default(), &SelfSubjectReview::default()).await.ok()?;
    review.status?.user_info?.username
}
