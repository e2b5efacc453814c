//! Takes the token out of the grant Secret, to be written into the token Secret: after a crash
//! between the two, or when the token Secret was deleted.

use std::sync::Arc;

use crate::connection::fault::Fault;
use crate::controller::effect::Around;
use crate::controller::effect::consent::read;
use crate::controller::effect::write;

/// Publishes the token that the grant Secret holds.
pub async fn publish(around: Around<'_>) -> Result<(), Fault> {
    let Around { context, subject, observation, desired } = around;
    let Some(token) = read(context, subject).await?.and_then(|grant| grant.token()) else {
        return Ok(());
    };
    context.memory.with(&subject.uid, |memo| memo.unwritten = Some(Arc::new(token)));
    write::unwritten(context, subject, observation, desired).await
}
