//! The steps of flow `AuthorizationCode`: from an authorization code to a grant, and from each
//! refresh token to the next. A received token is written to the grant Secret before anything else
//! is done with it.

mod discover_authorization_endpoint;
mod exchange_code;
mod failure;
mod finalize;
mod handoff;
mod import;
mod owner_reference;
mod par;
mod prepare;
mod publish;
mod refresh;
mod revoke;
mod save;
mod verify_account;

use crate::controller::context::Context;
use connection_client::api::names::grant_secret;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::connection::error::ConnectionError;

pub(super) use discover_authorization_endpoint::discover;
pub(super) use exchange_code::exchange_code;
pub(super) use finalize::update_finalizer;
pub(super) use import::import;
pub(super) use owner_reference::update_grant_owner;
pub(super) use par::push_authorization_request;
pub(super) use publish::publish;
pub(super) use refresh::refresh;
pub(super) use revoke::{release_unrevoked, revoke};
pub(super) use save::save;

/// Reads the grant Secret and caches its metadata for the next observation.
async fn read(
    context: &Context,
    observed: &ObservedConnection,
) -> Result<Option<GrantSecret>, ConnectionError> {
    let read = GrantSecret::read(&context.client, &observed.namespace, &observed.name).await;
    let grant = read.map_err(|error| grant_secret_error(observed, error))?;
    match &grant {
        Some(grant) => cache(context, observed, grant),
        None => forget(context, observed, &grant_secret(&observed.name)),
    }
    Ok(grant)
}

/// Writes the grant Secret and caches its metadata for the next observation.
async fn write(
    context: &Context,
    observed: &ObservedConnection,
    grant: &mut GrantSecret,
) -> Result<(), ApiError> {
    grant.write(&context.client).await?;
    cache(context, observed, grant);
    Ok(())
}

fn cache(context: &Context, observed: &ObservedConnection, grant: &GrantSecret) {
    context.secrets.put(&observed.namespace, &grant_secret(&observed.name), grant.summary());
}

/// Removes a Secret from the cache before the watch reports its deletion.
fn forget(context: &Context, observed: &ObservedConnection, name: &str) {
    if let Some(known) = context.secrets.get(&observed.namespace, name) {
        context.secrets.remove(&observed.namespace, name, &known.uid);
    }
}

fn grant_secret_error(observed: &ObservedConnection, error: ApiError) -> ConnectionError {
    let name = grant_secret(&observed.name);
    error.connection_error(&format!("failed to read or write grant Secret `{name}`"))
}
