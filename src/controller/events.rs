//! Events on transitions, and on nothing else.

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

/// The longest note that an event takes
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
const LONGEST_NOTE: usize = 1024;

/// Tells of what changed from the old status to the new report. Each transition is an event of its
/// own: to join repetitions into a series, all that was told would have to be remembered.
pub(super) async fn record_transitions(
    context: &Context,
    observed: &ObservedConnection,
    (old, report): (&ConnectionStatus, &Report),
    now: Timestamp,
) {
    for statement in changed_conditions(old, report) {
        create(context, observed, &event(observed, statement, now)).await;
    }
}

/// Warns of something that no condition tells.
pub(super) async fn warn(
    context: &Context,
    observed: &ObservedConnection,
    reason: Reason,
    message: String,
) {
    let statement = Statement { status: Some(false), reason, message };
    create(context, observed, &event(observed, &statement, clock::now())).await;
}

async fn create(context: &Context, observed: &ObservedConnection, event: &Event) {
    let api = Api::<Event>::namespaced(context.client.clone(), &observed.namespace);
    if let Err(error) = with_timeout(api.create(&PostParams::default(), event)).await {
        tracing::warn!(namespace = observed.namespace, name = observed.name, %error, "an event could not be written");
    }
}

/// What is new: the outcome of the last request, else that the token expired; and what became of the
/// consent, unless that is the same word.
fn changed_conditions<'a>(old: &ConnectionStatus, report: &'a Report) -> Vec<&'a Statement> {
    let changed = |kind: &str, new: &Statement| {
        let old = old.conditions.iter().find(|one| one.type_ == kind);
        old.map(|one| one.reason.as_str()) != Some(new.reason.as_str())
    };
    let mut news = Vec::new();
    if changed("Refreshed", &report.refreshed) {
        news.push(&report.refreshed);
    } else if changed("Ready", &report.ready) && report.ready.reason == Reason::TokenExpired {
        news.push(&report.ready);
    }
    let consent = report.authorized.as_ref().filter(|one| changed("Authorized", one));
    news.extend(consent.filter(|one| one.reason != report.refreshed.reason));
    let quiet = [Reason::AuthorizationPending, Reason::Progressing];
    news.retain(|one| !quiet.contains(&one.reason));
    news
}

fn event(observed: &ObservedConnection, statement: &Statement, now: Timestamp) -> Event {
    Event {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", observed.name)),
            namespace: Some(observed.namespace.clone()),
            ..ObjectMeta::default()
        },
        action: Some("Refresh".to_owned()),
        event_time: Some(MicroTime(now)),
        note: Some(statement.message.chars().take(LONGEST_NOTE).collect()),
        reason: Some(statement.reason.as_str().to_owned()),
        regarding: Some(observed.connection.object_ref(&())),
        reporting_controller: Some(MANAGER.to_owned()),
        reporting_instance: Some(MANAGER.to_owned()),
        type_: Some(statement.reason.severity().as_str().to_owned()),
        ..Event::default()
    }
}

/// The condition of a type.
#[must_use]
pub(super) fn condition<'a>(status: &'a ConnectionStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|one| one.type_ == kind)
}
