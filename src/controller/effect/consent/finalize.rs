//! The Connection's finalizer, which holds a deletion up until its grant is revoked.

use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::api::connection::Connection;
use crate::api::names::{MANAGER, REVOKE_FINALIZER};
use crate::connection::facts::Facts;
use crate::connection::fault::Fault;
use crate::connection::plan::Step;
use crate::connection::reason::Reason;
use crate::controller::context::Context;
use crate::controller::events;
use crate::observation::subject::Subject;
use crate::store::call::{CallError, within};

/// Sets the finalizer where it is missing, else removes it.
pub async fn finalize(context: &Context, subject: &Subject, step: Step) -> Result<(), Fault> {
    let there = subject.connection.metadata.finalizers.clone().unwrap_or_default();
    let mut finalizers = there.clone();
    finalizers.retain(|one| one != REVOKE_FINALIZER);
    if step == Step::Finalize && finalizers.len() == there.len() {
        finalizers.push(REVOKE_FINALIZER.to_owned());
    }
    // The version makes sure that nobody else's finalizer is lost.
    let patch = json!({ "metadata": {
        "uid": subject.uid,
        "resourceVersion": subject.connection.metadata.resource_version,
        "finalizers": finalizers,
    } });
    let api = Api::<Connection>::namespaced(context.client.clone(), &subject.namespace);
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patched = within(api.patch_metadata(&subject.name, &params, &Patch::Merge(patch))).await;
    match patched {
        Ok(_) | Err(CallError::NotFound) => Ok(()),
        Err(error) => Err(error.fault("the Connection's finalizer cannot be changed")),
    }
}

/// Lets a Connection go whose grant could not be revoked, and says so.
pub async fn release(context: &Context, subject: &Subject, facts: &Facts) -> Result<(), Fault> {
    if facts.consent.is_some() {
        let cause = facts.failure.as_ref().map_or("no answer", |one| one.fault.message.as_str());
        let message = format!(
            "the grant was not revoked at the provider within a minute ({cause}): revoke it there by hand, among the account's connected applications"
        );
        events::warn(context, subject, Reason::RevocationFailed, message).await;
    }
    finalize(context, subject, Step::Release).await
}
