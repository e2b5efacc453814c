//! What the provider is asked with where the operator's page is not: the plugin makes `state` and
//! code verifier itself (RFC 8252, RFC 7636).

use kube::ResourceExt;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::observation::desired;
use connection_core::connection::consent_page::loopback_redirect_uri;
use connection_core::connection::ticket;
use connection_core::oauth::pkce;
use connection_core::random;

/// What the provider is asked with.
pub(super) struct AuthorizationUrl {
    /// Where the person goes.
    pub uri: Url,
    /// Where the provider sends them back to.
    pub redirect_uri: Url,
    /// `state`.
    pub state: String,
    /// `code_verifier`, where there is a challenge.
    pub verifier: Option<SecretString>,
}

impl AuthorizationUrl {
    /// The authorization request of a Connection, with the redirect URI of a port of this machine.
    pub(super) fn of(connection: &Connection, port: u16) -> Result<Self, CliError> {
        let status = connection.status.as_ref().and_then(|status| status.authorization.as_ref());
        if status.is_some_and(|one| one.requires_pushed_request == Some(true)) {
            return Err(CliError::Cannot(
                "this provider demands pushed authorization requests (RFC 9126), which only the operator's page can make: ask for --public-url, and leave --loopback and --paste out"
                    .to_owned(),
            ));
        }
        let cannot = || CliError::Cannot("the authorization endpoint is not known".to_owned());
        let endpoint: Url =
            status.and_then(|one| one.endpoint.as_ref()?.parse().ok()).ok_or_else(cannot)?;
        let desired = desired::desired_state(connection)?;
        let authorization = desired.authorization.as_ref().ok_or_else(cannot)?;
        let namespace = connection.namespace().unwrap_or_default();
        let redirect_uri = loopback_redirect_uri(port, &namespace, &connection.name_any());
        let state = ticket::ticket(random::bytes()).expose_secret().to_owned();
        let verifier = authorization.pkce.then(|| pkce::verifier(random::bytes()));
        let client_id = desired.request.client.id().unwrap_or_default();
        let challenge = verifier.as_ref().map(pkce::challenge);
        let request = authorization.request(client_id, &redirect_uri, &state, challenge);
        let redirect_uri = redirect_uri.parse().map_err(|_| cannot())?;
        Ok(Self { uri: request.uri(&endpoint), redirect_uri, state, verifier })
    }
}
