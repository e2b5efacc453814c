//! The owner reference of the grant Secret, which `onDelete` decides. It is also repaired after a
//! restore from a backup.

use kube::Resource;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::{grant_secret_error, read, write};
use connection_client::store::grant_secret::GrantSecret;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;

pub(crate) async fn update_grant_owner(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let Some(mut grant) = read(context, observed).await? else { return Ok(()) };
    set_owner(ctx, &mut grant);
    let written = write(context, observed, &mut grant).await;
    written.map_err(|error| grant_secret_error(observed, error))
}

/// Sets or removes the owner of a grant Secret before it is written.
pub(super) fn set_owner(ctx: StepContext<'_>, grant: &mut GrantSecret) {
    if let Some(owner) = ctx.observed.connection.controller_owner_ref(&()) {
        grant.set_owner(&owner, should_own_grant(ctx.desired));
    }
}

pub(super) fn should_own_grant(desired: &Desired) -> bool {
    let authorization = desired.authorization.as_ref();
    authorization.is_some_and(|authorization| authorization.on_delete.owns_grant())
}
