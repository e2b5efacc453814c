//! Writes the Connection's status if it changed.

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

/// Writes the status, and records an event if a reason changed.
///
/// # Errors
///
/// Returns an error when the status cannot be written.
pub(super) async fn report(
    context: &Context,
    observed: &ObservedConnection,
    observation: &Observation,
    now: Timestamp,
) -> Result<(), ApiError> {
    if observation.facts.activity == Activity::Deleting {
        if observation.facts.finalizer == FinalizerState::UpToDate {
            context.states.forget(&observed.uid);
        }
        return Ok(());
    }
    let certificate = observation.record.as_ref().and_then(|record| record.certificate_not_after);
    let report = report::report(&observation.facts, certificate, now);
    let old = &observation.status;
    let authorization = authorization_status::status(context, observed, observation);
    let new = ConnectionStatus { authorization, ..status(observed, observation, &report, now) };
    // A write without a change would trigger the next reconciliation.
    if new == *old {
        return Ok(());
    }
    let written = match write(context, observed, &new).await {
        Ok(written) => written,
        // The Connection was deleted concurrently.
        Err(ApiError::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let resource_version =
        written.resource_version().and_then(|text| text.parse().ok()).unwrap_or_default();
    // Only after the write, because the retry of a failed one would record them again.
    events::record_transitions(context, observed, old, &report, now).await;
    let written_status = Box::new(WrittenStatus { resource_version, status: new });
    context.states.with(&observed.uid, |state| state.written_status = Some(written_status));
    Ok(())
}

async fn write(
    context: &Context,
    observed: &ObservedConnection,
    status: &ConnectionStatus,
) -> Result<Connection, ApiError> {
    let api = Api::<Connection>::namespaced(context.client.clone(), &observed.namespace);
    let patch = json!({
        "apiVersion": "connection-operator.io/v1alpha1",
        "kind": "Connection",
        // With the uid the write fails if another Connection has the name by now.
        "metadata": { "name": observed.name, "uid": observed.uid },
        "status": status,
    });
    with_timeout(api.patch_status(
        &observed.name,
        // Forced, because no other manager may own these fields.
        &PatchParams::apply(MANAGER).force(),
        &Patch::Apply(patch),
    ))
    .await
}

fn status(
    observed: &ObservedConnection,
    observation: &Observation,
    report: &Report,
    now: Timestamp,
) -> ConnectionStatus {
    let old = &observation.status;
    let generation = observed.connection.metadata.generation;
    let condition =
        |kind: &str, statement: &Statement| condition(old, kind, statement, generation, now);
    let mut conditions =
        vec![condition("Ready", &report.ready), condition("Refreshed", &report.refreshed)];
    conditions.extend(report.authorized.iter().map(|statement| condition("Authorized", statement)));
    // kstatus reads these two as abnormal if true, so they are absent otherwise.
    for (kind, present) in [("Reconciling", report.reconciling), ("Stalled", report.stalled)] {
        if present {
            let statement = Statement { status: Some(true), ..report.refreshed.clone() };
            conditions.push(condition(kind, &statement));
        }
    }
    // Without a record no token was issued, so no request for a renewal is handled.
    let handled = observation.facts.renewal == RenewalState::None && observation.record.is_some();
    let last_handled = |requested: &Option<String>, old: &Option<String>| {
        // The annotation may have been removed since, which does not undo the renewal.
        if handled && requested.is_some() { requested.clone() } else { old.clone() }
    };
    ConnectionStatus {
        observed_generation: generation,
        conditions,
        // An invalid spec does not change the token, which is still described.
        connection_group: observation
            .desired
            .is_some()
            .then(|| group(observation, report))
            .or_else(|| old.connection_group.clone()),
        // Set by the caller, because it depends on the caches.
        authorization: None,
        next: Some(next(&observation.facts, now)),
        last_handled_renew_requested_at: last_handled(
            &observation.renewal_annotations.renew_requested_at,
            &old.last_handled_renew_requested_at,
        ),
        last_handled_reconcile_at: last_handled(
            &observation.renewal_annotations.reconcile_at,
            &old.last_handled_reconcile_at,
        ),
    }
}

fn next(facts: &Facts, now: Timestamp) -> NextStatus {
    let NextAction { action, time, message } = next_action(facts, now);
    NextStatus { action, time: time.map(whole_seconds), message }
}

/// Makes a condition. Its transition time changes only with its status.
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
    let unchanged = events::condition(old, kind).filter(|condition| condition.status == status);
    let since = unchanged.map_or_else(
        || Time(whole_seconds(now)),
        |condition| condition.last_transition_time.clone(),
    );
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: statement.reason.as_str().to_owned(),
        message: statement.message.clone(),
        observed_generation: generation,
        last_transition_time: since,
    }
}

/// Returns the endpoint of the spec, otherwise the one of the last token request.
fn token_endpoint(endpoint: &Endpoint, record: Option<&TokenRecord>) -> Option<String> {
    match endpoint {
        Endpoint::Url(url) => Some(url.to_string()),
        // Which endpoint the metadata names is known only after a request.
        Endpoint::FromMetadata(_) => record.map(|record| record.token_endpoint.clone()),
    }
}

/// Times have whole seconds, as everywhere in Kubernetes.
fn group(observation: &Observation, report: &Report) -> ConnectionGroup {
    let record = observation.record.as_ref();
    let Some(desired) = &observation.desired else { return ConnectionGroup::default() };
    let claim = |name: &str| Some(desired.request.assertion()?.claim(name)?.to_owned());
    let time = |time: Option<Timestamp>| time.map(whole_seconds);
    ConnectionGroup {
        token_endpoint: token_endpoint(&desired.request.endpoint, record),
        // A client without id is identified by the issuer of its assertion (RFC 7523 section 3).
        client_id: desired.request.client.id().map(str::to_owned).or_else(|| claim("iss")),
        issuer: claim("iss"),
        subject: claim("sub"),
        // RFC 6749 section 5.1 requires the type, but some providers leave it out.
        token_type: record
            .map(|record| record.token_type.clone().unwrap_or_else(|| "Bearer".to_owned())),
        header_prefix: Some(desired.output.header_prefix.clone()),
        // A response without scopes grants the requested ones (RFC 6749 section 5.1).
        scopes: record
            .and_then(|record| record.scopes.clone())
            .unwrap_or_else(|| desired.request.scopes.clone()),
        instance_url: record.and_then(|record| record.instance_url.clone()),
        issued_at: time(record.map(|record| record.issued_at)),
        expires_at: time(record.map(|record| record.expires_at)),
        expiry_source: record.map(|record| format!("{:?}", record.expiry_source)),
        next_refresh_at: time(report.next_refresh_at),
        key_alias: record.and_then(|record| record.key_alias.clone()),
        certificate_not_after: time(record.and_then(|record| record.certificate_not_after)),
        secret_name: Some(desired.output.name.clone()),
    }
}
