//! The Connection's finalizer, which delays a deletion until the grant is revoked.

use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::controller::context::Context;
use connection_client::api::connection::Connection;
use connection_client::api::names::{MANAGER, REVOKE_FINALIZER};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_core::connection::error::ConnectionError;

/// Adds the finalizer if it is missing, otherwise removes it.
pub(crate) async fn update_finalizer(
    context: &Context,
    observed: &ObservedConnection,
) -> Result<(), ConnectionError> {
    let current = finalizers(observed);
    let mut desired = without_ours(&current);
    // The plan requests a change only, so the current list shows which one.
    if desired.len() == current.len() {
        desired.push(REVOKE_FINALIZER.to_owned());
    }
    set(context, observed, desired).await
}

/// Removes the finalizer, so that the API server deletes the Connection.
pub(super) async fn release(
    context: &Context,
    observed: &ObservedConnection,
) -> Result<(), ConnectionError> {
    set(context, observed, without_ours(&finalizers(observed))).await
}

fn finalizers(observed: &ObservedConnection) -> Vec<String> {
    observed.connection.metadata.finalizers.clone().unwrap_or_default()
}

fn without_ours(finalizers: &[String]) -> Vec<String> {
    finalizers.iter().filter(|name| *name != REVOKE_FINALIZER).cloned().collect()
}

async fn set(
    context: &Context,
    observed: &ObservedConnection,
    finalizers: Vec<String>,
) -> Result<(), ConnectionError> {
    // The resource version keeps the patch from removing another controller's finalizer.
    let patch = json!({ "metadata": {
        "uid": observed.uid,
        "resourceVersion": observed.connection.metadata.resource_version,
        // A merge patch replaces the whole list (RFC 7396), so it has those of others too.
        "finalizers": finalizers,
    } });
    let api = Api::<Connection>::namespaced(context.client.clone(), &observed.namespace);
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched =
        with_timeout(api.patch_metadata(&observed.name, &params, &Patch::Merge(patch))).await;
    match patched {
        // A deleted Connection has no finalizer left to change.
        Ok(_) | Err(ApiError::NotFound) => Ok(()),
        Err(error) => Err(error.connection_error("failed to change the Connection's finalizer")),
    }
}
