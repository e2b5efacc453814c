//! A request of the client's own, beside those for a token: where it goes, and how.

use std::sync::Arc;

use url::Url;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use crate::controller::steps::discover;
use crate::controller::steps::egress::{client, ensure_host_allowed, transport_error};
use connection_client::net::client::{HttpClient, RawResponse};
use connection_core::clock;
use connection_core::connection::authorization::DesiredAuthorization;
use connection_core::connection::compose::{Composed, authenticated};
use connection_core::connection::error::ConnectionError;
use connection_core::oauth::metadata::Metadata;
use connection_core::oauth::parameters::Parameters;
use connection_core::random;

/// An endpoint, and who named it.
pub(super) struct ResolvedEndpoint {
    pub endpoint: Url,
    /// The issuer whose metadata names it; none where the spec does.
    pub issuer: Option<String>,
}

/// The endpoint that the spec gives, else the one that the issuer's metadata names, if any.
pub(super) async fn named(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    given: impl Fn(&DesiredAuthorization) -> Option<&Url>,
    told: impl Fn(&Metadata, bool) -> Option<&Url>,
) -> Result<Option<ResolvedEndpoint>, ConnectionError> {
    let Some(authorization) = &around.desired.authorization else { return Ok(None) };
    if let Some(endpoint) = given(authorization) {
        return Ok(Some(ResolvedEndpoint { endpoint: endpoint.clone(), issuer: None }));
    }
    let Some(issuer) = &authorization.issuer else { return Ok(None) };
    let metadata = discover::metadata(around.context, opened, issuer, around.deadline()).await?;
    let endpoint = told(&metadata, opened.transport.identity.is_some());
    Ok(endpoint.map(|one| ResolvedEndpoint { endpoint: one.clone(), issuer: Some(issuer.clone()) }))
}

/// Sends a form there, with who the client is.
pub(super) fn post<'a>(
    around: StepContext<'a>,
    opened: &LoadedInputs,
    endpoint: &Url,
    form: Parameters,
) -> impl Future<Output = Result<RawResponse, ConnectionError>> + use<'a> {
    // At once, since a form cannot wait where another thread may go on.
    let ready = ready(around, opened, endpoint, form);
    async move {
        let (http, composed) = ready?;
        http.send(&composed.request, around.deadline()).await.map_err(transport_error)
    }
}

fn ready(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    endpoint: &Url,
    form: Parameters,
) -> Result<(Arc<HttpClient>, Composed), ConnectionError> {
    let StepContext { context, desired, .. } = around;
    ensure_host_allowed(context, opened, endpoint)?;
    let http = client(context, opened, endpoint)?;
    let made = (clock::now(), random::bytes());
    let composed = authenticated(&desired.request, endpoint, &opened.material, form, &[], made)?;
    Ok((http, composed))
}
