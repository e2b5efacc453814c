//! Copies the token from the grant Secret to the token Secret: after a crash between the two writes,
//! or after the token Secret was deleted.

use std::sync::Arc;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::{grant_secret_error, read, write};
use crate::controller::steps::write::write_token;
use connection_core::connection::error::ConnectionError;

pub(crate) async fn publish(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let Some(mut grant) = read(context, observed).await? else { return Ok(()) };
    let Some(token) = grant.token() else {
        // The token was removed by hand: without this the plan would publish it for ever.
        grant.record.token = None;
        let written = write(context, observed, &mut grant).await;
        return written.map_err(|error| grant_secret_error(observed, error));
    };
    context.states.with(&observed.uid, |state| state.unwritten_token = Some(Arc::new(token)));
    write_token(ctx).await
}
