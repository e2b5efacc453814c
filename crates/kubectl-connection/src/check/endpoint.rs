//! Whether the endpoint of a Connection answers, on the way that its requests take, from here; and
//! whether what a person's browser needs does.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::check::line::Line;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::net::clients::HttpClients;
use connection_client::net::egress_policy::EgressPolicy;
use connection_client::net::transport::Transport;
use connection_client::observation::desired;
use connection_client::store::inputs::Inputs;
use connection_core::connection::desired::{Client, Desired, DesiredRequest, Grant};
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::flow::Flow;
use connection_core::connection::secret_ref::SecretRole;
use connection_core::oauth::metadata;
use connection_core::oauth::retry_after;

const PART: &str = "endpoint";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the endpoint answers, and what its clock says.
///
/// # Errors
///
/// Returns an error when the Connection cannot be read.
pub(super) async fn lines(cluster: &Cluster, name: &str) -> Result<Vec<Line>, CliError> {
    let connection = cluster.connection(name).await?;
    let desired = match desired::desired_state(&connection) {
        Ok(desired) => desired,
        Err(fault) => return Ok(vec![Line::bad(PART, fault.message)]),
    };
    let Some(url) = place(&desired.request.endpoint) else {
        return Ok(vec![Line::bad(PART, "spec.endpoints.issuer: is not a URL: correct it")]);
    };
    let transport = match transport(cluster, &desired).await {
        Ok(transport) => transport.for_url(&url),
        Err(CliError::ConnectionError(fault)) => return Ok(vec![Line::bad(PART, fault.message)]),
        Err(error) => return Ok(vec![Line::unknown(PART, error.to_string())]),
    };
    let mut lines = probe(PART, &url, &transport, "").await;
    for place in browsed(&connection) {
        // A browser knows nothing of the Connection's proxy and truststore.
        lines.extend(probe(place.part, &place.url, &Transport::default(), place.remedy).await);
    }
    Ok(lines)
}

/// A place that a person's browser is sent to.
struct Browsed {
    part: &'static str,
    url: Url,
    remedy: &'static str,
}

/// Where a person is sent to in flow `AuthorizationCode`, as far as the operator has said.
fn browsed(connection: &Connection) -> Vec<Browsed> {
    let status = connection.status.as_ref().and_then(|status| status.authorization.as_ref());
    let Some(status) = status.filter(|_| connection.spec.flow == Flow::AuthorizationCode) else {
        return Vec::new();
    };
    let endpoint = (
        "authorization endpoint",
        &status.endpoint,
        ": authorize from a machine that reaches it, with --paste",
    );
    let page =
        ("page", &status.consent_url, ": check --public-url and the Ingress, or use --loopback");
    let known = [endpoint, page].into_iter().filter_map(|(part, url, remedy)| {
        Some(Browsed { part, url: url.as_ref()?.parse().ok()?, remedy })
    });
    known.collect()
}

/// Asks for an address without any credential: whatever it answers, it is there.
async fn probe(part: &'static str, url: &Url, transport: &Transport, remedy: &str) -> Vec<Line> {
    // People may knock wherever they can; what the operator may do is the operator's own setting.
    let networks = ["0.0.0.0/0", "::/0"].iter().filter_map(|one| one.parse().ok()).collect();
    let guard = EgressPolicy { allow_loopback: true, networks, ..EgressPolicy::default() };
    let http = match HttpClients::new(guard, true).get(transport) {
        Ok(http) => http,
        Err(error) => return vec![Line::bad(part, error.to_string())],
    };
    let host = url.host_str().unwrap_or_default();
    match http.get(url, PATIENCE).await {
        Ok(answer) => {
            let found = format!("{host} answers this machine (HTTP {})", answer.status);
            let ahead = answer
                .date
                .as_deref()
                .and_then(|date| retry_after::clock_difference(date, answer.received_at));
            let clock = ahead.map(|ahead| Line::clock(host, ahead));
            std::iter::once(Line::good(part, found)).chain(clock).collect()
        }
        Err(error) => {
            vec![Line::bad(part, format!("{host} does not answer this machine: {error}{remedy}"))]
        }
    }
}

/// Where to knock: any answer to a request without credentials will do.
fn place(endpoint: &Endpoint) -> Option<Url> {
    match endpoint {
        Endpoint::Url(url) => Some(url.clone()),
        Endpoint::FromMetadata(issuer) => {
            metadata::well_known_urls(&Url::parse(issuer).ok()?).into_iter().next()
        }
    }
}

/// The way, opened from its Secrets and from no others.
async fn transport(cluster: &Cluster, desired: &Desired) -> Result<Transport, CliError> {
    let request = DesiredRequest {
        client: Client::None,
        grant: Grant::ClientCredentials { grant_type: None },
        secret_parameters: BTreeMap::new(),
        ..desired.request.clone()
    };
    let mut secrets = Vec::new();
    for reference in desired.secret_refs.secrets(SecretRole::is_connect) {
        secrets.push(cluster.referenced_secret(reference).await?);
    }
    let inputs = Inputs::from_secrets(secrets);
    let material = inputs.open(&request)?;
    Ok(inputs.transport(&desired.transport, &material)?)
}
