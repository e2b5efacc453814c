//! Requests a token and stores it.

use std::sync::Arc;

use crate::controller::steps::provider_session::ProviderSession;
use crate::controller::steps::{StepContext, write};
use connection_core::connection::error::ConnectionError;

pub(super) async fn acquire(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, .. } = ctx;
    let session = ProviderSession::open(ctx).await?;
    let endpoint = session.token_endpoint().await?;
    // Checked last, so that leadership is confirmed right before the request.
    let (response, at) = session.check(&endpoint)?.request_token().await?;
    let token = Arc::new(session.token(response, at, endpoint));
    tracing::info!(
        namespace = observed.namespace,
        name = observed.name,
        expires_at = %token.record.expires_at,
        expiry_source = ?token.record.expiry_source,
        "token received"
    );
    // Kept in the state first, so that a failed write is retried without another request.
    context.states.with(&observed.uid, |state| state.unwritten_token = Some(Arc::clone(&token)));
    write::write_token(ctx).await
}
