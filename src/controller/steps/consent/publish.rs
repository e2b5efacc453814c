//! Takes the token out of the grant Secret, to be written into the token Secret: after a crash
//! between the two, or when the token Secret was deleted.

use std::sync::Arc;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::{read, unwritten, write};
use crate::controller::steps::write::unwritten as write_unwritten;
use connection_core::connection::error::ConnectionError;

/// Publishes the token that the grant Secret holds.
pub(crate) async fn publish(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, observation, desired } = around;
    let Some(mut grant) = read(context, subject).await? else { return Ok(()) };
    let Some(token) = grant.token() else {
        // Somebody took the token out: what is said of it must go too, or it is looked for for ever.
        grant.record.token = None;
        return write(context, subject, &mut grant)
            .await
            .map_err(|error| unwritten(subject, error));
    };
    context.memory.with(&subject.uid, |memo| memo.unwritten = Some(Arc::new(token)));
    write_unwritten(context, subject, observation, desired).await
}
