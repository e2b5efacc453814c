//! The authorization request without the consent page: the plugin generates `state` and the code
//! verifier (RFC 8252, RFC 7636).

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

/// An authorization request.
pub(super) struct AuthorizationUrl {
    /// The URL that the user opens.
    pub uri: Url,
    pub redirect_uri: Url,
    pub state: String,
    /// `code_verifier`, if the request has a challenge.
    pub verifier: Option<SecretString>,
}

impl AuthorizationUrl {
    /// Builds the request of a Connection with a redirect URI on this port.
    ///
    /// # Errors
    ///
    /// Returns an error if the endpoint is unknown or requires pushed requests (RFC 9126).
    pub(super) fn new(connection: &Connection, port: u16) -> Result<Self, CliError> {
        let status = connection.status.as_ref().and_then(|status| status.authorization.as_ref());
        // A pushed request needs the client's credentials, which only the operator uses.
        if status.is_some_and(|status| status.requires_pushed_request == Some(true)) {
            return Err(CliError::Cannot(
                "the provider requires pushed authorization requests (RFC 9126), which only the consent page supports: set --public-url on the operator, and do not use --loopback or --paste"
                    .to_owned(),
            ));
        }
        let cannot = || {
            CliError::Cannot(
                "the authorization endpoint is unknown: run `kubectl connection status`".to_owned(),
            )
        };
        // From the status: the operator resolves the metadata of the issuer.
        let endpoint: Url =
            status.and_then(|status| status.endpoint.as_ref()?.parse().ok()).ok_or_else(cannot)?;
        let desired = desired::desired_state(connection)?;
        let authorization = desired.authorization.as_ref().ok_or_else(cannot)?;
        let namespace = connection.namespace().unwrap_or_default();
        let redirect_uri = loopback_redirect_uri(port, &namespace, &connection.name_any());
        // Not the ticket of the Connection: only its encoding of 256 random bits is reused.
        let state = ticket::ticket(random::bytes()).expose_secret().to_owned();
        let verifier = authorization.pkce.then(|| pkce::verifier(random::bytes()));
        let client_id = desired.request.client.id().unwrap_or_default();
        let challenge = verifier.as_ref().map(pkce::challenge);
        let request = authorization.request(client_id, &redirect_uri, &state, challenge);
        let redirect_uri = redirect_uri.parse().map_err(|_| cannot())?;
        Ok(Self { uri: request.uri(&endpoint), redirect_uri, state, verifier })
    }
}
