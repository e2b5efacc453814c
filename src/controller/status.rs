//! Writes what is to be said into the Connection's status, when it differs from what is there.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::controller::authorization_status;
use crate::controller::context::Context;
use crate::controller::events;
use crate::controller::state_cache::WrittenStatus;
use connection_client::api::connection::Connection;
use connection_client::api::names::MANAGER;
use connection_client::api::status::{ConnectionGroup, ConnectionStatus, NextStatus};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_core::clock::whole_seconds;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::facts::{Activity, Facts, FinalizerState, RenewalState};
use connection_core::connection::next_action::{NextAction, next_action};
use connection_core::connection::report::{self, Report, Statement};
use connection_core::connection::token_record::TokenRecord;

/// Reports: status, and an event when a reason changed.
///
/// # Errors
///
/// Returns an error when the status cannot be written.
pub(super) async fn report(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    now: Timestamp,
) -> Result<(), ApiError> {
    if observation.facts.activity == Activity::Deleting {
        if observation.facts.finalizer == FinalizerState::UpToDate {
            context.memory.forget(&subject.uid);
        }
        return Ok(());
    }
    let certificate = observation.record.as_ref().and_then(|one| one.certificate_not_after);
    let report = report::report(&observation.facts, certificate, now);
    let old = &observation.status;
    let authorization = authorization_status::status(context, subject, observation);
    let new = ConnectionStatus { authorization, ..status(subject, observation, &report, now) };
    if new == *old {
        return Ok(());
    }
    let written = match write(context, subject, &new).await {
        Ok(written) => written,
        // It was deleted meanwhile: there is nobody to tell.
        Err(ApiError::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let resource_version =
        written.resource_version().and_then(|text| text.parse().ok()).unwrap_or_default();
    events::record_transitions(context, subject, (old, &report), now).await;
    let reported = Box::new(WrittenStatus { resource_version, status: new });
    context.memory.with(&subject.uid, |memo| memo.reported = Some(reported));
    Ok(())
}

async fn write(
    context: &Context,
    subject: &ObservedConnection,
    status: &ConnectionStatus,
) -> Result<Connection, ApiError> {
    let api = Api::<Connection>::namespaced(context.client.clone(), &subject.namespace);
    let patch = json!({
        "apiVersion": "connection-operator.io/v1alpha1",
        "kind": "Connection",
        "metadata": { "name": subject.name, "uid": subject.uid },
        "status": status,
    });
    with_timeout(api.patch_status(
        &subject.name,
        &PatchParams::apply(MANAGER).force(),
        &Patch::Apply(patch),
    ))
    .await
}

fn status(
    subject: &ObservedConnection,
    observation: &Observation,
    report: &Report,
    now: Timestamp,
) -> ConnectionStatus {
    let old = &observation.status;
    let generation = subject.connection.metadata.generation;
    let condition =
        |kind: &str, statement: &Statement| condition(old, kind, statement, generation, now);
    let mut conditions =
        vec![condition("Ready", &report.ready), condition("Refreshed", &report.refreshed)];
    conditions.extend(report.authorized.iter().map(|one| condition("Authorized", one)));
    for (kind, present) in [("Reconciling", report.reconciling), ("Stalled", report.stalled)] {
        if present {
            let statement = Statement { status: Some(true), ..report.refreshed.clone() };
            conditions.push(condition(kind, &statement));
        }
    }
    let answered = observation.facts.renewal == RenewalState::None && observation.record.is_some();
    let handled = |asked: &Option<String>, old: &Option<String>| {
        if answered && asked.is_some() { asked.clone() } else { old.clone() }
    };
    ConnectionStatus {
        observed_generation: generation,
        conditions,
        connection_group: observation
            .desired
            .is_some()
            .then(|| group(observation, report))
            .or_else(|| old.connection_group.clone()),
        authorization: None,
        next: Some(next(&observation.facts, now)),
        last_handled_renew_requested_at: handled(
            &observation.renewal_annotations.renew_requested_at,
            &old.last_handled_renew_requested_at,
        ),
        last_handled_reconcile_at: handled(
            &observation.renewal_annotations.reconcile_at,
            &old.last_handled_reconcile_at,
        ),
    }
}

fn next(facts: &Facts, now: Timestamp) -> NextStatus {
    let NextAction { action, time, message } = next_action(facts, now);
    NextStatus { action, time: time.map(whole_seconds), message }
}

/// A condition; its transition time changes when its status does.
fn condition(
    old: &ConnectionStatus,
    kind: &str,
    statement: &Statement,
    generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    let status = match statement.status {
        Some(true) => "True",
        Some(false) => "False",
        None => "Unknown",
    };
    let before = events::condition(old, kind).filter(|one| one.status == status);
    let since =
        before.map_or_else(|| Time(whole_seconds(now)), |one| one.last_transition_time.clone());
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: statement.reason.as_str().to_owned(),
        message: statement.message.clone(),
        observed_generation: generation,
        last_transition_time: since,
    }
}

/// The endpoint that is given, else the one that the issuer's metadata named last.
fn token_endpoint(endpoint: &Endpoint, record: Option<&TokenRecord>) -> Option<String> {
    match endpoint {
        Endpoint::Url(url) => Some(url.to_string()),
        Endpoint::FromMetadata(_) => record.map(|one| one.token_endpoint.clone()),
    }
}

/// The populated connection group. Times have whole seconds, as everywhere in Kubernetes.
fn group(observation: &Observation, report: &Report) -> ConnectionGroup {
    let record = observation.record.as_ref();
    let Some(desired) = &observation.desired else { return ConnectionGroup::default() };
    let claim = |name: &str| Some(desired.request.assertion()?.claim(name)?.to_owned());
    let time = |time: Option<Timestamp>| time.map(whole_seconds);
    ConnectionGroup {
        token_endpoint: token_endpoint(&desired.request.endpoint, record),
        client_id: desired.request.client.id().map(str::to_owned).or_else(|| claim("iss")),
        issuer: claim("iss"),
        subject: claim("sub"),
        token_type: record.map(|one| one.token_type.clone().unwrap_or_else(|| "Bearer".to_owned())),
        header_prefix: Some(desired.output.header_prefix.clone()),
        scopes: record
            .and_then(|one| one.scopes.clone())
            .unwrap_or_else(|| desired.request.scopes.clone()),
        instance_url: record.and_then(|one| one.instance_url.clone()),
        issued_at: time(record.map(|one| one.issued_at)),
        expires_at: time(record.map(|one| one.expires_at)),
        expiry_source: record.map(|one| format!("{:?}", one.expiry_source)),
        next_refresh_at: time(report.next_refresh_at),
        key_alias: record.and_then(|one| one.key_alias.clone()),
        certificate_not_after: time(record.and_then(|one| one.certificate_not_after)),
        secret_name: Some(desired.output.name.clone()),
    }
}
