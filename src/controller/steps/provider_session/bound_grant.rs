//! A refresh token, and an endpoint that its grant is bound to.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::controller::steps::provider_session::checked_endpoint::CheckedEndpoint;
use crate::controller::steps::provider_session::token_request::{ExchangeError, ReceivedResponse};
use crate::controller::steps::provider_session::{ProviderSession, ResolvedEndpoint};
use connection_client::net::client::RawResponse;
use connection_client::store::grant_secret::GrantSecret;
use connection_core::clock::Stopwatch;
use connection_core::connection::compose::Presented;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::GrantBinding;
use connection_core::connection::reason::Reason;
use connection_core::connection::schedule::SINGLE_USE_TIMEOUT;
use connection_core::oauth::parameters::Parameters;

/// The longest time between the claim of a refresh token and sending it. After that another replica
/// may have claimed the token.
const MAX_SEND_DELAY: Duration = Duration::from_secs(4);

/// A refresh token that may be sent to the endpoint, because the grant is bound to it.
pub(in crate::controller::steps) struct BoundGrant<'a> {
    endpoint: CheckedEndpoint<'a>,
    refresh_token: SecretString,
    binding: GrantBinding,
}

impl<'a> BoundGrant<'a> {
    /// Checks that the grant was issued by `token_endpoint`, and the endpoint that refreshes it.
    pub(in crate::controller::steps) fn for_refresh(
        session: &ProviderSession<'a>,
        grant: &GrantSecret,
        token_endpoint: &Url,
    ) -> Result<Self, ConnectionError> {
        // A changed spec or issuer must not lead the refresh token to another server.
        let binding = grant.record.binding.as_ref();
        let Some(binding) = binding.filter(|binding| binding.token_endpoint == *token_endpoint)
        else {
            return Err(endpoint_changed());
        };
        let refresh_token = grant.refresh_token.clone().ok_or_else(refresh_token_missing)?;
        let endpoint = binding.refresh_endpoint.as_ref().unwrap_or(token_endpoint);
        let endpoint = session.check(endpoint)?;
        Ok(Self { endpoint, refresh_token, binding: binding.clone() })
    }

    /// Checks that the grant may be revoked at the endpoint.
    pub(in crate::controller::steps) fn for_revocation(
        session: &ProviderSession<'a>,
        refresh_token: &SecretString,
        binding: &GrantBinding,
        revocation: &ResolvedEndpoint,
    ) -> Result<Self, ConnectionError> {
        let ResolvedEndpoint { endpoint, issuer } = revocation;
        if !binding.allows_revocation_at(endpoint, issuer.as_deref()) {
            return Err(revocation_endpoint_changed());
        }
        let endpoint = session.check(endpoint)?;
        Ok(Self { endpoint, refresh_token: refresh_token.clone(), binding: binding.clone() })
    }

    pub(in crate::controller::steps) fn binding(&self) -> &GrantBinding {
        &self.binding
    }

    /// Sends the refresh token once; `since_claim` runs since the token was claimed.
    pub(in crate::controller::steps) async fn refresh(
        self,
        since_claim: Stopwatch,
    ) -> Result<ReceivedResponse, ExchangeError> {
        // Composed before the check of the time, because signing takes time too.
        let composed = self.endpoint.compose(&Presented::RefreshToken(&self.refresh_token))?;
        if since_claim.elapsed() > MAX_SEND_DELAY {
            let message = "the operator was paused between claiming and sending the refresh token: it retries";
            return Err(ConnectionError::transient(Reason::KubernetesAPIError, message).into());
        }
        self.endpoint.exchange(composed, SINGLE_USE_TIMEOUT).await
    }

    /// Sends a revocation request (RFC 7009 section 2.1).
    pub(in crate::controller::steps) fn revoke(
        self,
    ) -> impl Future<Output = Result<RawResponse, ConnectionError>> + use<'a> {
        let mut form = Parameters::default();
        form.add("token", self.refresh_token.expose_secret());
        // The hint helps the provider to find the token (RFC 7009 section 2.1).
        form.add("token_type_hint", "refresh_token");
        self.endpoint.post(form)
    }
}

fn endpoint_changed() -> ConnectionError {
    let message = "the issuer names another token endpoint than the one that issued the refresh token, which is not sent: run `kubectl connection authorize` with this Connection's name and namespace";
    ConnectionError::on_change(Reason::GrantMismatch, message).with_slow_backoff()
}

fn refresh_token_missing() -> ConnectionError {
    let message = "the grant Secret has no refresh_token: put it back, or run `kubectl connection authorize` with this Connection's name and namespace";
    ConnectionError::on_change(Reason::GrantExpired, message).with_slow_backoff()
}

fn revocation_endpoint_changed() -> ConnectionError {
    let message = "spec.endpoints: the revocation endpoint is not the one at consent, the refresh token was not sent: restore the endpoint, or revoke the grant at the provider manually";
    ConnectionError::transient(Reason::RevocationFailed, message)
}
