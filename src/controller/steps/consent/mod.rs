//! The steps of the Authorization Code flow: from a code that was handed over to a grant, and from a
//! refresh token to the next. The grant Secret is written before anything else is done with what
//! was received.

mod client_request;
mod discover_authorization_endpoint;
mod exchange_code;
mod failure;
mod finalize;
mod handoff;
mod import;
mod owner_reference;
mod par;
mod publish;
mod refresh;
mod revoke;
mod save;
mod verify_account;

use crate::controller::context::Context;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::connection::error::ConnectionError;

pub(super) use discover_authorization_endpoint::discover;
pub(super) use exchange_code::exchange_code;
pub(super) use finalize::finalize;
pub(super) use import::import;
pub(super) use owner_reference::update_grant_owner;
pub(super) use par::push_authorization_request;
pub(super) use publish::publish;
pub(super) use refresh::refresh;
pub(super) use revoke::{release_unrevoked, revoke};
pub(super) use save::save;

use connection_client::api::names::grant_secret;

/// Reads the grant Secret, and lets the next observation know what it is.
async fn read(
    context: &Context,
    subject: &ObservedConnection,
) -> Result<Option<GrantSecret>, ConnectionError> {
    let read = GrantSecret::read(&context.client, &subject.namespace, &subject.name).await;
    let grant = read.map_err(|error| unwritten(subject, error))?;
    match &grant {
        Some(grant) => note(context, subject, grant),
        None => forget(context, subject),
    }
    Ok(grant)
}

/// Writes the grant Secret, and lets the next observation know it.
async fn write(
    context: &Context,
    subject: &ObservedConnection,
    grant: &mut GrantSecret,
) -> Result<(), ApiError> {
    grant.write(&context.client).await?;
    note(context, subject, grant);
    Ok(())
}

fn note(context: &Context, subject: &ObservedConnection, grant: &GrantSecret) {
    context.secrets.put(&subject.namespace, &grant_secret(&subject.name), grant.summary());
}

fn forget(context: &Context, subject: &ObservedConnection) {
    let name = grant_secret(&subject.name);
    if let Some(known) = context.secrets.get(&subject.namespace, &name) {
        context.secrets.remove(&subject.namespace, &name, &known.uid);
    }
}

fn unwritten(subject: &ObservedConnection, error: ApiError) -> ConnectionError {
    error.connection_error(&format!(
        "the grant Secret `{}` cannot be read or written",
        grant_secret(&subject.name)
    ))
}
