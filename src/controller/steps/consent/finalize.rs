//! The Connection's finalizer, which holds a deletion up until its grant is revoked.

use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::controller::context::Context;
use connection_client::api::connection::Connection;
use connection_client::api::names::{MANAGER, REVOKE_FINALIZER};
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::{ApiError, with_timeout};
use connection_core::connection::error::ConnectionError;

/// Sets the finalizer where it is missing, else removes it.
pub(crate) async fn finalize(
    context: &Context,
    subject: &ObservedConnection,
) -> Result<(), ConnectionError> {
    let there = finalizers(subject);
    let mut wanted = without_ours(&there);
    if wanted.len() == there.len() {
        wanted.push(REVOKE_FINALIZER.to_owned());
    }
    set(context, subject, wanted).await
}

/// Removes the finalizer: the Connection may go.
pub(super) async fn release(
    context: &Context,
    subject: &ObservedConnection,
) -> Result<(), ConnectionError> {
    set(context, subject, without_ours(&finalizers(subject))).await
}

fn finalizers(subject: &ObservedConnection) -> Vec<String> {
    subject.connection.metadata.finalizers.clone().unwrap_or_default()
}

fn without_ours(there: &[String]) -> Vec<String> {
    there.iter().filter(|one| *one != REVOKE_FINALIZER).cloned().collect()
}

async fn set(
    context: &Context,
    subject: &ObservedConnection,
    wanted: Vec<String>,
) -> Result<(), ConnectionError> {
    // The version makes sure that nobody else's finalizer is lost.
    let patch = json!({ "metadata": {
        "uid": subject.uid,
        "resourceVersion": subject.connection.metadata.resource_version,
        "finalizers": wanted,
    } });
    let api = Api::<Connection>::namespaced(context.client.clone(), &subject.namespace);
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched =
        with_timeout(api.patch_metadata(&subject.name, &params, &Patch::Merge(patch))).await;
    match patched {
        Ok(_) | Err(ApiError::NotFound) => Ok(()),
        Err(error) => Err(error.connection_error("the Connection's finalizer cannot be changed")),
    }
}
