//! Requests to the provider of a Connection. Each request is sent through an endpoint that passed
//! the checks: leadership and egress policy always, allowed hosts if the request carries inputs, the
//! grant's binding if it carries a refresh token. May use `net`, the inputs and the caches; writes
//! nothing to the cluster.

mod bound_grant;
mod checked_endpoint;
mod egress;
mod metadata;
mod public_endpoint;
mod token_request;

use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::inputs::load_inputs;
use connection_core::connection::authorization::DesiredAuthorization;
use connection_core::connection::desired::Desired;
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::token::Token;
use connection_core::connection::token_record::Versions;
use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::token_response::TokenResponse;

pub(super) use bound_grant::BoundGrant;
pub(super) use checked_endpoint::CheckedEndpoint;
pub(super) use public_endpoint::PublicEndpoint;
pub(super) use token_request::{ExchangeError, ReceivedResponse};

/// The inputs of a Connection, loaded for requests to its provider.
pub(super) struct ProviderSession<'a> {
    ctx: StepContext<'a>,
    inputs: Arc<LoadedInputs>,
    /// The versions of the Secrets that decide which token is issued.
    versions: Versions,
}

/// An endpoint, and the issuer whose metadata names it; none if the spec does.
pub(super) struct ResolvedEndpoint {
    pub endpoint: Url,
    pub issuer: Option<String>,
}

impl<'a> ProviderSession<'a> {
    pub(super) async fn open(ctx: StepContext<'a>) -> Result<Self, ConnectionError> {
        let (inputs, versions) = load_inputs(ctx).await?;
        Ok(Self { ctx, inputs, versions })
    }

    /// Returns the token endpoint of the spec, or the one in the issuer's metadata.
    pub(super) async fn token_endpoint(&self) -> Result<Url, ConnectionError> {
        let issuer = match &self.ctx.desired.request.endpoint {
            Endpoint::Url(url) => return Ok(url.clone()),
            Endpoint::FromMetadata(issuer) => issuer,
        };
        let metadata = self.metadata(issuer).await?;
        // A client certificate calls for the alias of the endpoint, if any (RFC 8705 section 5).
        Ok(metadata.token_endpoint(self.has_client_certificate()).clone())
    }

    /// Returns the issuer's metadata, cached for an hour.
    pub(super) async fn metadata(&self, issuer: &str) -> Result<Metadata, ConnectionError> {
        metadata::cached(self.ctx, &self.inputs, issuer).await
    }

    /// Returns the endpoint of the spec, otherwise the one in the issuer's metadata, if any.
    pub(super) async fn resolve(
        &self,
        from_spec: impl Fn(&DesiredAuthorization) -> Option<&Url>,
        from_metadata: impl Fn(&Metadata, bool) -> Option<&Url>,
    ) -> Result<Option<ResolvedEndpoint>, ConnectionError> {
        let Some(authorization) = &self.ctx.desired.authorization else { return Ok(None) };
        if let Some(endpoint) = from_spec(authorization) {
            return Ok(Some(ResolvedEndpoint { endpoint: endpoint.clone(), issuer: None }));
        }
        let Some(issuer) = &authorization.issuer else { return Ok(None) };
        let metadata = self.metadata(issuer).await?;
        let endpoint = from_metadata(&metadata, self.has_client_certificate());
        let issuer = Some(issuer.clone());
        Ok(endpoint.map(|endpoint| ResolvedEndpoint { endpoint: endpoint.clone(), issuer }))
    }

    pub(super) async fn revocation_endpoint(
        &self,
    ) -> Result<Option<ResolvedEndpoint>, ConnectionError> {
        self.resolve(|spec| spec.revocation.as_ref(), Metadata::revocation_endpoint).await
    }

    /// Checks an endpoint for requests that carry the inputs.
    pub(super) fn check(&self, endpoint: &Url) -> Result<CheckedEndpoint<'a>, ConnectionError> {
        CheckedEndpoint::check(self.ctx, &self.inputs, endpoint)
    }

    /// Checks an endpoint for requests that carry no input.
    pub(super) fn check_public(&self, endpoint: &Url) -> Result<PublicEndpoint, ConnectionError> {
        PublicEndpoint::check(self.ctx, &self.inputs, endpoint)
    }

    /// Makes the token of a response, with the record that is stored with it.
    pub(super) fn token(&self, response: TokenResponse, at: Timestamp, endpoint: Url) -> Token {
        token_request::token(self, response, at, endpoint)
    }

    pub(super) fn desired(&self) -> &'a Desired {
        self.ctx.desired
    }

    fn has_client_certificate(&self) -> bool {
        self.inputs.transport.identity.is_some()
    }
}
