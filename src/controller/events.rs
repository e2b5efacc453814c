//! Events, recorded on transitions only.

use jiff::Timestamp;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Resource};

use crate::controller::context::Context;
use connection_client::api::names::MANAGER;
use connection_client::api::status::ConnectionStatus;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::with_timeout;
use connection_core::clock;
use connection_core::connection::reason::Reason;
use connection_core::connection::report::{Report, Statement};

/// The longest note that an event may have, in characters
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
const MAX_NOTE_LENGTH: usize = 1024;

/// Records an event for each condition that changed. Events are not joined into series, because that
/// would require to remember earlier ones.
pub(super) async fn record_transitions(
    context: &Context,
    observed: &ObservedConnection,
    old: &ConnectionStatus,
    report: &Report,
    now: Timestamp,
) {
    for statement in changed_conditions(old, report) {
        create(context, observed, &event(observed, statement, now)).await;
    }
}

/// Records an event for something that no condition reports.
pub(super) async fn warn(
    context: &Context,
    observed: &ObservedConnection,
    reason: Reason,
    message: String,
) {
    // An event has no status, so this value is not used.
    let statement = Statement { status: Some(false), reason, message };
    create(context, observed, &event(observed, &statement, clock::now())).await;
}

async fn create(context: &Context, observed: &ObservedConnection, event: &Event) {
    let api = Api::<Event>::namespaced(context.client.clone(), &observed.namespace);
    // An event only informs: its failure must not fail the reconciliation.
    if let Err(error) = with_timeout(api.create(&PostParams::default(), event)).await {
        tracing::warn!(namespace = observed.namespace, name = observed.name, %error, "failed to record event");
    }
}

/// Returns the changed outcome of the last request, otherwise the expiry of the token; and the
/// changed state of the consent, unless it has the same reason.
fn changed_conditions<'a>(old: &ConnectionStatus, report: &'a Report) -> Vec<&'a Statement> {
    let changed = |kind: &str, new: &Statement| {
        // Only the reason counts, because a message may vary while the cause stays.
        condition(old, kind).map(|condition| condition.reason.as_str()) != Some(new.reason.as_str())
    };
    let mut statements = Vec::new();
    if changed("Refreshed", &report.refreshed) {
        statements.push(&report.refreshed);
    // A token expires without a request, so Refreshed does not show it.
    } else if changed("Ready", &report.ready) && report.ready.reason == Reason::TokenExpired {
        statements.push(&report.ready);
    }
    let consent = report.authorized.as_ref();
    let consent = consent.filter(|statement| changed("Authorized", statement));
    statements.extend(consent.filter(|statement| statement.reason != report.refreshed.reason));
    // Waiting is not an outcome, and what ends it is recorded.
    let quiet = [Reason::AuthorizationPending, Reason::Progressing];
    statements.retain(|statement| !quiet.contains(&statement.reason));
    statements
}

fn event(observed: &ObservedConnection, statement: &Statement, now: Timestamp) -> Event {
    Event {
        metadata: ObjectMeta {
            // A Connection has many events, so the API server completes the name.
            generate_name: Some(format!("{}-", observed.name)),
            namespace: Some(observed.namespace.clone()),
            ..ObjectMeta::default()
        },
        action: Some("Refresh".to_owned()),
        event_time: Some(MicroTime(now)),
        note: Some(statement.message.chars().take(MAX_NOTE_LENGTH).collect()),
        reason: Some(statement.reason.as_str().to_owned()),
        regarding: Some(observed.connection.object_ref(&())),
        reporting_controller: Some(MANAGER.to_owned()),
        reporting_instance: Some(MANAGER.to_owned()),
        type_: Some(statement.reason.severity().as_str().to_owned()),
        ..Event::default()
    }
}

/// Returns the condition of a type.
pub(super) fn condition<'a>(status: &'a ConnectionStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == kind)
}
