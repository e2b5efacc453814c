//! Hands the provider's answer to the operator: in a Secret of the Connection's namespace, by the
//! caller's own rights.

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

/// Hands an answer over.
pub(super) async fn over(
    cluster: &Cluster,
    connection: &Connection,
    begun: &StartedAuthorization,
    question: &AuthorizationUrl,
    received: Callback,
) -> Result<(), CliError> {
    let mut data = received.values;
    data.push((TICKET, begun.ticket.clone()));
    data.push((REDIRECT_URI, question.redirect_uri.as_str().into()));
    data.extend(question.verifier.clone().map(|verifier| (CODE_VERIFIER, verifier)));
    // Not as its controller: to block the owner's deletion takes a right of its own on some clusters.
    let owner = connection.owner_ref(&()).ok_or_else(|| {
        CliError::Cannot("the Connection has no uid: it was read from no cluster".to_owned())
    })?;
    let made = handoff_secret::create(
        &cluster.client,
        &cluster.namespace,
        owner,
        HandoffKind::AuthorizationResponse,
        &data,
    );
    made.await.map(|_| ()).map_err(|error| CliError::Cannot(refused(&cluster.namespace, error)))
}

/// Why the caller could not hand it over: the remedies are those of a person, not of the operator.
fn refused(namespace: &str, error: ApiError) -> String {
    let why = match error {
        ApiError::Forbidden => {
            "the API server does not allow it: ask for the right to create Secrets there, and whether a quota is used up"
        }
        ApiError::Timeout | ApiError::Unavailable => {
            "the API server did not answer: check the way to it, and run the same command again"
        }
        _ => {
            "the API server did not take it: see by `kubectl connection status` how the Connection is, and run the same command again"
        }
    };
    format!("the answer could not be handed over in a Secret of namespace `{namespace}`: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_speaks_to_the_person_and_not_of_the_operators_role() {
        for (error, expected) in [
            (ApiError::Forbidden, "the right to create Secrets there"),
            (ApiError::Timeout, "check the way to it"),
            (ApiError::NotFound, "kubectl connection status"),
        ] {
            let said = refused("team", error);
            assert!(said.contains(expected) && !said.contains("operator's role"), "{said}");
        }
    }
}
