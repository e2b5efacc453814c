//! Sets or removes the owner of the grant Secret, as `onDelete` asks for; so it is also repaired
//! after a restore from a backup.

use kube::Resource;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::{read, unwritten, write};
use connection_client::store::grant_secret::GrantSecret;
use connection_core::connection::desired::Desired;
use connection_core::connection::error::ConnectionError;

/// Sets or removes the owner.
pub(crate) async fn update_grant_owner(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    let Some(mut grant) = read(context, subject).await? else { return Ok(()) };
    set_owner(around, &mut grant);
    write(context, subject, &mut grant).await.map_err(|error| unwritten(subject, error))
}

/// Sets or removes the owner of a grant Secret that is about to be written.
pub(super) fn set_owner(around: StepContext<'_>, grant: &mut GrantSecret) {
    if let Some(owner) = around.subject.connection.controller_owner_ref(&()) {
        grant.set_owner(&owner, should_own_grant(around.desired));
    }
}

/// Whether the grant Secret belongs to its Connection.
pub(super) fn should_own_grant(desired: &Desired) -> bool {
    desired.authorization.as_ref().is_some_and(|one| one.on_delete.owns_grant())
}
