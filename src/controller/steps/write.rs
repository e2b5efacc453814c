//! Writes down what was received.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Api, Resource};

use crate::controller::context::Context;
use crate::controller::steps::egress::ensure_leader;
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_client::store::secret_summary::SecretSummary;
use connection_client::store::token_secret::TokenSecret;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_data;
use connection_core::connection::token_record::TokenRecord;

/// Writes down the token that was received.
pub(super) async fn unwritten(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    desired: &Desired,
) -> Result<(), ConnectionError> {
    let Some(token) = context.memory.with(&subject.uid, |memo| memo.unwritten.clone()) else {
        return Ok(());
    };
    let data = secret_data::render(desired, &token);
    let keys = TokenRecord::keys_digest(data.keys().map(String::as_str));
    let record = TokenRecord { keys: Some(keys), ..token.record.clone() };
    let secret = token_secret(subject, desired, &record);
    let written = match &observation.secret {
        None => secret.create(&context.client, &data).await,
        Some(there) => match not_owned_error(context, &secret, there).await {
            Ok(()) => secret.apply(&context.client, &there.uid, &data).await,
            Err(error) => Err(error),
        },
    };
    let facts = cache_secret(context, subject, observation, desired, written).await?;
    context.secrets.put(&subject.namespace, &desired.output.name, facts);
    context.memory.with(&subject.uid, |memo| {
        if memo.unwritten.as_ref().is_some_and(|one| Arc::ptr_eq(one, &token)) {
            memo.unwritten = None;
        }
    });
    Ok(())
}

/// Writes the Secret anew around the token that it holds: its form, labels, annotations, owner.
pub(super) async fn apply_secret_metadata(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    desired: &Desired,
) -> Result<(), ConnectionError> {
    let (Some(there), Some(record)) = (&observation.secret, &observation.record) else {
        return Ok(());
    };
    let secret = token_secret(subject, desired, record);
    let read = match not_owned_error(context, &secret, there).await {
        Ok(()) => secret.read(&context.client, &there.uid).await,
        Err(error) => Err(error),
    };
    let data = match read {
        Ok(data) => data,
        Err(error) => {
            return cache_secret(context, subject, observation, desired, Err(error))
                .await
                .map(|_| ());
        }
    };
    let Some(token) = secret_data::parse_token(data, record.clone()) else {
        return Err(ConnectionError::transient(
            Reason::KubernetesAPIError,
            "the token Secret holds no token: the operator tries again",
        ));
    };
    let data = secret_data::render(desired, &token);
    let record = TokenRecord {
        metadata_digest: desired.output.metadata_digest(),
        data_digest: desired.output.data_digest(),
        keys: Some(TokenRecord::keys_digest(data.keys().map(String::as_str))),
        ..token.record
    };
    let secret = token_secret(subject, desired, &record);
    ensure_leader(context)?;
    let written = secret.apply(&context.client, &there.uid, &data).await;
    let facts = cache_secret(context, subject, observation, desired, written).await?;
    context.secrets.put(&subject.namespace, &desired.output.name, facts);
    Ok(())
}

/// Frees the Secret of a controller that is not its Connection.
async fn not_owned_error(
    context: &Context,
    secret: &TokenSecret<'_>,
    there: &SecretSummary,
) -> Result<(), ApiError> {
    let controller = there.token.as_ref().and_then(|token| token.owner.as_deref());
    match controller.filter(|uid| *uid != secret.owner.uid) {
        Some(stale) => secret.remove_ownership(&context.client, &there.uid, stale).await,
        None => Ok(()),
    }
}

fn token_secret<'a>(
    subject: &'a ObservedConnection,
    desired: &'a Desired,
    record: &'a TokenRecord,
) -> TokenSecret<'a> {
    let owner = subject.connection.controller_owner_ref(&()).unwrap_or_else(|| OwnerReference {
        name: subject.name.clone(),
        uid: subject.uid.clone(),
        ..OwnerReference::default()
    });
    TokenSecret { namespace: &subject.namespace, output: &desired.output, owner, record }
}

/// When the Secret was not what the watch knew, looks at what it is, so that the next try knows.
async fn cache_secret(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    desired: &Desired,
    written: Result<SecretSummary, ApiError>,
) -> Result<SecretSummary, ConnectionError> {
    let (namespace, name) = (&subject.namespace, &desired.output.name);
    let error = match written {
        Ok(facts) => return Ok(facts),
        Err(error) => error,
    };
    if matches!(error, ApiError::Conflict | ApiError::NotFound) {
        if let Some(there) = &observation.secret {
            context.secrets.remove(namespace, name, &there.uid);
        }
        let api = Api::<Secret>::namespaced(context.client.clone(), namespace);
        if let Ok(now_there) = with_timeout(api.get_metadata(name)).await {
            context.secrets.put(namespace, name, SecretSummary::new(&now_there.metadata));
        }
    }
    Err(error.connection_error(&format!("failed to write token Secret `{name}`")))
}
