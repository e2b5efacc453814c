//! Hands the provider's answer to the operator: in a Secret of the Connection's namespace, by the
//! caller's own rights.

use kube::Resource;

use crate::authorize::callback::Received;
use crate::authorize::request::Question;
use crate::authorize::start::Begun;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::store::api_call::CallError;
use connection_client::store::handoff_secret::{
    self, CODE_VERIFIER, HandOverKind, REDIRECT_URI, TICKET,
};

/// Hands an answer over.
pub(super) async fn over(
    cluster: &Cluster,
    connection: &Connection,
    begun: &Begun,
    question: &Question,
    received: Received,
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
        HandOverKind::Answer,
        &data,
    );
    made.await.map(|_| ()).map_err(|error| CliError::Cannot(refused(&cluster.namespace, error)))
}

/// Why the caller could not hand it over: the remedies are those of a person, not of the operator.
fn refused(namespace: &str, error: CallError) -> String {
    let why = match error {
        CallError::Forbidden => {
            "the API server does not allow it: ask for the right to create Secrets there, and whether a quota is used up"
        }
        CallError::Timeout | CallError::Unavailable => {
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
            (CallError::Forbidden, "the right to create Secrets there"),
            (CallError::Timeout, "check the way to it"),
            (CallError::NotFound, "kubectl connection status"),
        ] {
            let said = refused("team", error);
            assert!(said.contains(expected) && !said.contains("operator's role"), "{said}");
        }
    }
}
