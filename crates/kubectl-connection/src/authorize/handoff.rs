//! Submits the authorization response to the operator, in a Secret of the Connection's namespace that
//! is created with the caller's permissions.

use kube::Resource;

use crate::authorize::callback::Callback;
use crate::authorize::request::AuthorizationUrl;
use crate::authorize::start::StartedAuthorization;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::store::api_call::ApiError;
use connection_client::store::handoff_secret::{
    self, CODE_VERIFIER, HandoffKind, REDIRECT_URI, TICKET,
};

/// Creates the handoff Secret.
pub(super) async fn submit(
    cluster: &Cluster,
    connection: &Connection,
    started: &StartedAuthorization,
    request: &AuthorizationUrl,
    callback: Callback,
) -> Result<(), CliError> {
    let mut data = callback.values;
    // The ticket proves to the operator that the caller may patch the Connection.
    data.push((TICKET, started.ticket.clone()));
    // The token request repeats the redirect URI (RFC 6749 section 4.1.3).
    data.push((REDIRECT_URI, request.redirect_uri.as_str().into()));
    // The token request sends the verifier (RFC 7636 section 4.5).
    data.extend(request.verifier.clone().map(|verifier| (CODE_VERIFIER, verifier)));
    // Without blockOwnerDeletion: some clusters require an extra permission for it.
    let owner = connection.owner_ref(&()).ok_or_else(|| {
        CliError::Cannot("the Connection has no uid: run the command again".to_owned())
    })?;
    let create = handoff_secret::create(
        &cluster.client,
        &cluster.namespace,
        owner,
        HandoffKind::AuthorizationResponse,
        &data,
    );
    create.await.map(|_| ()).map_err(|error| CliError::Cannot(describe(&cluster.namespace, error)))
}

/// Formats an error with the remedy for the caller. The messages of `ApiError` address the operator's
/// permissions.
fn describe(namespace: &str, error: ApiError) -> String {
    let cause = match error {
        // The API server answers 403 for an exceeded quota too.
        ApiError::Forbidden => {
            "forbidden: ask for a role that allows it, and check the quota of the namespace"
        }
        ApiError::Timeout | ApiError::Unavailable => {
            "the API server did not respond: check the network, and run the command again"
        }
        _ => {
            "the API server rejected it: run `kubectl connection status`, and run the command again"
        }
    };
    format!("cannot create a Secret in namespace `{namespace}` to submit the response: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_states_the_remedy_for_the_caller() {
        let errors = [ApiError::Forbidden, ApiError::Timeout, ApiError::NotFound];
        let messages = errors.map(|error| describe("team-a", error));
        insta::assert_snapshot!(messages.join("\n"), @"
        cannot create a Secret in namespace `team-a` to submit the response: forbidden: ask for a role that allows it, and check the quota of the namespace
        cannot create a Secret in namespace `team-a` to submit the response: the API server did not respond: check the network, and run the command again
        cannot create a Secret in namespace `team-a` to submit the response: the API server rejected it: run `kubectl connection status`, and run the command again
        ");
    }
}
