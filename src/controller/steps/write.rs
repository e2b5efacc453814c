//! Writes the token Secret.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Api, Resource};

use crate::controller::steps::StepContext;
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_client::store::secret_summary::SecretSummary;
use connection_client::store::token_secret::TokenSecret;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::connection::secret_data;
use connection_core::connection::token_record::TokenRecord;

/// Writes the received token, if there is one.
pub(super) async fn write_token(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, observation, desired } = ctx;
    let received = context.states.with(&observed.uid, |state| state.unwritten_token.clone());
    let Some(token) = received else { return Ok(()) };
    let data = secret_data::render(desired, &token);
    let keys = TokenRecord::keys_digest(data.keys().map(String::as_str));
    let record = TokenRecord { keys: Some(keys), ..token.record.clone() };
    let secret = token_secret(ctx, &record);
    let written = match &observation.secret {
        // Not applied, because a Secret that the cache does not know must not be overwritten.
        None => secret.create(&context.client, &data).await,
        // The stale owner goes first, because an object can have one controller only.
        Some(existing) => match remove_stale_owner(ctx, &secret, existing).await {
            Ok(()) => secret.apply(&context.client, &existing.uid, &data).await,
            Err(error) => Err(error),
        },
    };
    cache_written(ctx, written).await?;
    context.states.with(&observed.uid, |state| {
        // A newer token may have been received while this one was written.
        if state.unwritten_token.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &token)) {
            state.unwritten_token = None;
        }
    });
    Ok(())
}

/// Rewrites the Secret with the token that it contains: its format, labels, annotations, owner.
pub(super) async fn apply_secret_metadata(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observation, desired, .. } = ctx;
    let (Some(existing), Some(record)) = (&observation.secret, &observation.record) else {
        return Ok(());
    };
    let secret = token_secret(ctx, record);
    let read = match remove_stale_owner(ctx, &secret, existing).await {
        Ok(()) => secret.read(&context.client, &existing.uid).await,
        Err(error) => Err(error),
    };
    let data = match read {
        Ok(data) => data,
        Err(error) => return cache_written(ctx, Err(error)).await,
    };
    let Some(token) = secret_data::parse_token(data, record.clone()) else {
        return Err(ConnectionError::transient(
            Reason::KubernetesAPIError,
            "the token Secret contains no token: the operator retries",
        ));
    };
    let data = secret_data::render(desired, &token);
    let record = TokenRecord {
        metadata_digest: desired.output.metadata_digest(),
        data_digest: desired.output.data_digest(),
        keys: Some(TokenRecord::keys_digest(data.keys().map(String::as_str))),
        ..token.record
    };
    // The read may have taken long, and this step sends no request that checks leadership.
    ctx.ensure_leader()?;
    let secret = token_secret(ctx, &record);
    let written = secret.apply(&context.client, &existing.uid, &data).await;
    cache_written(ctx, written).await
}

/// Removes the controller reference to an owner that is not this Connection.
async fn remove_stale_owner(
    ctx: StepContext<'_>,
    secret: &TokenSecret<'_>,
    existing: &SecretSummary,
) -> Result<(), ApiError> {
    let controller = existing.token.as_ref().and_then(|token| token.owner.as_deref());
    match controller.filter(|uid| *uid != secret.owner.uid) {
        Some(stale) => secret.remove_ownership(&ctx.context.client, &existing.uid, stale).await,
        None => Ok(()),
    }
}

fn token_secret<'a>(ctx: StepContext<'a>, record: &'a TokenRecord) -> TokenSecret<'a> {
    let StepContext { observed, desired, .. } = ctx;
    let owner = observed.connection.controller_owner_ref(&()).unwrap_or_else(|| OwnerReference {
        name: observed.name.clone(),
        uid: observed.uid.clone(),
        ..OwnerReference::default()
    });
    TokenSecret { namespace: &observed.namespace, output: &desired.output, owner, record }
}

/// Caches the written Secret, so that the next observation does not wait for the watch.
async fn cache_written(
    ctx: StepContext<'_>,
    written: Result<SecretSummary, ApiError>,
) -> Result<(), ConnectionError> {
    let StepContext { context, observed, observation, desired } = ctx;
    let (namespace, name) = (&observed.namespace, &desired.output.name);
    let error = match written {
        Ok(summary) => {
            context.secrets.put(namespace, name, summary);
            return Ok(());
        }
        Err(error) => error,
    };
    // The cache was outdated: update it for the retry.
    if matches!(error, ApiError::Conflict | ApiError::NotFound) {
        if let Some(existing) = &observation.secret {
            // A failed read leaves the entry removed, so that the next attempt does not reuse it.
            context.secrets.remove(namespace, name, &existing.uid);
        }
        let api = Api::<Secret>::namespaced(context.client.clone(), namespace);
        if let Ok(current) = with_timeout(api.get_metadata(name)).await {
            context.secrets.put(namespace, name, SecretSummary::new(&current.metadata));
        }
    }
    Err(error.connection_error(&format!("failed to write token Secret `{name}`")))
}
