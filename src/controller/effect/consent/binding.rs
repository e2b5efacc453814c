//! What a grant is bound to: its refresh token goes nowhere else, whatever the spec says later.

use url::Url;

use crate::connection::desired::{Endpoint, Grant};
use crate::connection::grant::Binding;
use crate::controller::effect::Around;
use crate::controller::effect::consent::revoke;
use crate::controller::memory::Opened;

/// What a grant of this token endpoint is bound to.
pub async fn binding(around: Around<'_>, opened: &Opened, token_endpoint: Url) -> Binding {
    let request = &around.desired.request;
    Binding {
        token_endpoint,
        issuer: match &request.endpoint {
            Endpoint::Given(_) => None,
            Endpoint::OfIssuer(issuer) => Some(issuer.clone()),
        },
        refresh_endpoint: match &request.grant {
            Grant::Consent { refresh_endpoint, .. } => refresh_endpoint.clone(),
            Grant::ClientCredentials { .. } | Grant::JwtBearer(_) => None,
        },
        // A provider need not have one.
        revocation_endpoint: revoke::endpoint(around, opened).await.ok(),
        client_id: request.client.id().map(str::to_owned),
    }
}
