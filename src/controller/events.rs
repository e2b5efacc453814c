//! Events on transitions, and on nothing else.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource;
use kube::runtime::events::{Event, EventType};

use crate::api::status::ConnectionStatus;
use crate::connection::reason::Reason;
use crate::connection::report::{Report, Statement};
use crate::controller::context::Context;
use crate::controller::observe::Subject;
use crate::store::call::within;

/// The longest note that an event takes
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
const LONGEST_NOTE: usize = 1024;

/// Tells of what changed from the old status to the new report.
pub async fn tell(context: &Context, subject: &Subject, old: &ConnectionStatus, report: &Report) {
    let Some(event) = event(old, report) else { return };
    let regarding = subject.connection.object_ref(&());
    if let Err(error) = within(context.recorder.publish(&event, &regarding)).await {
        tracing::warn!(namespace = subject.namespace, name = subject.name, %error, "an event could not be written");
    }
}

/// One event for a change: of the outcome of the last request, else of readiness.
fn event(old: &ConnectionStatus, report: &Report) -> Option<Event> {
    let changed = |kind: &str, new: &Statement| {
        let old = old.conditions.iter().find(|one| one.type_ == kind);
        old.map(|one| one.reason.as_str()) != Some(new.reason.as_str())
    };
    let statement = if changed("Refreshed", &report.refreshed) {
        &report.refreshed
    } else if changed("Ready", &report.ready) && report.ready.reason == Reason::TokenExpired {
        &report.ready
    } else {
        return None;
    };
    if statement.reason == Reason::Progressing {
        return None;
    }
    let good = matches!(statement.reason, Reason::TokenIssued | Reason::Suspended);
    Some(Event {
        type_: if good { EventType::Normal } else { EventType::Warning },
        reason: statement.reason.as_str().to_owned(),
        note: Some(statement.message.chars().take(LONGEST_NOTE).collect()),
        action: "Refresh".to_owned(),
        secondary: None,
    })
}

/// The condition of a type.
#[must_use]
pub fn condition<'a>(status: &'a ConnectionStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|one| one.type_ == kind)
}
