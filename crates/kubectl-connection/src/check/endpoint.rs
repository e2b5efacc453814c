//! Checks that the endpoint of a Connection can be reached from this machine through its proxy and
//! with its truststore, and, for flow `AuthorizationCode`, the URLs that a browser opens.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::check::line::CheckLine;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_client::api::connection::Connection;
use connection_client::net::clients::HttpClients;
use connection_client::net::egress_policy::EgressPolicy;
use connection_client::net::transport::Transport;
use connection_client::observation::desired;
use connection_client::store::inputs::Inputs;
use connection_core::connection::desired::{Client, Desired, DesiredGrant, DesiredRequest};
use connection_core::connection::endpoint::Endpoint;
use connection_core::connection::flow::Flow;
use connection_core::connection::secret_ref::SecretRole;
use connection_core::oauth::metadata;
use connection_core::oauth::retry_after;

const CHECK: &str = "endpoint";

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reports whether the endpoint responds, and compares its clock.
///
/// # Errors
///
/// Returns an error if the Connection cannot be read.
pub(super) async fn lines(cluster: &Cluster, name: &str) -> Result<Vec<CheckLine>, CliError> {
    let connection = cluster.connection(name).await?;
    let desired = match desired::desired_state(&connection) {
        Ok(desired) => desired,
        // A line, not an error: an error would discard the other lines of the JSON output.
        Err(error) => return Ok(vec![CheckLine::failed(CHECK, error.message)]),
    };
    let Some(url) = probe_url(&desired.request.endpoint) else {
        return Ok(vec![CheckLine::failed(CHECK, "spec.endpoints.issuer: not a URL: correct it")]);
    };
    let transport = match transport(cluster, &desired).await {
        Ok(transport) => transport.for_url(&url),
        Err(CliError::ConnectionError(error)) => {
            return Ok(vec![CheckLine::failed(CHECK, error.message)]);
        }
        // The caller may lack a permission that the operator has.
        Err(error) => return Ok(vec![CheckLine::unknown(CHECK, error.to_string())]),
    };
    let mut lines = probe(CHECK, &url, &transport, "").await;
    for BrowserUrl { check, url, remedy } in browser_urls(&connection) {
        // A browser does not use the Connection's proxy and truststore.
        lines.extend(probe(check, &url, &Transport::default(), remedy).await);
    }
    Ok(lines)
}

/// A URL that the user's browser opens.
struct BrowserUrl {
    check: &'static str,
    url: Url,
    remedy: &'static str,
}

/// Returns the URLs of flow `AuthorizationCode` that the operator has reported.
fn browser_urls(connection: &Connection) -> Vec<BrowserUrl> {
    let status = connection.status.as_ref().and_then(|status| status.authorization.as_ref());
    let Some(status) = status.filter(|_| connection.spec.flow == Flow::AuthorizationCode) else {
        return Vec::new();
    };
    let endpoint = (
        "authorization endpoint",
        &status.endpoint,
        ": run `kubectl connection authorize --paste`, and open the URL on a machine that can reach it",
    );
    let page = (
        "consent page",
        &status.consent_url,
        ": check --public-url and the Ingress, or use --loopback",
    );
    let urls = [endpoint, page].into_iter().filter_map(|(check, url, remedy)| {
        Some(BrowserUrl { check, url: url.as_ref()?.parse().ok()?, remedy })
    });
    urls.collect()
}

/// Requests a URL without credentials. Every HTTP status shows that the server is reachable.
async fn probe(
    check: &'static str,
    url: &Url,
    transport: &Transport,
    remedy: &str,
) -> Vec<CheckLine> {
    // The egress policy protects the operator's network, not the user's machine: allow all.
    let networks = ["0.0.0.0/0", "::/0"].iter().filter_map(|range| range.parse().ok()).collect();
    let egress_policy = EgressPolicy { allow_loopback: true, networks, ..EgressPolicy::default() };
    let http = match HttpClients::new(egress_policy, true).get(transport) {
        Ok(http) => http,
        Err(error) => return vec![CheckLine::failed(check, error.to_string())],
    };
    let host = url.host_str().unwrap_or_default();
    match http.get(url, TIMEOUT).await {
        Ok(response) => {
            let reachable =
                format!("{host} is reachable from this machine (HTTP {})", response.status);
            let skew = response
                .date
                .as_deref()
                .and_then(|date| retry_after::clock_difference(date, response.received_at));
            let clock = skew.map(|skew| CheckLine::clock(host, skew));
            std::iter::once(CheckLine::ok(check, reachable)).chain(clock).collect()
        }
        Err(error) => {
            let message = format!("{host} is not reachable from this machine: {error}{remedy}");
            vec![CheckLine::failed(check, message)]
        }
    }
}

/// Returns the token endpoint, or the issuer's metadata URL that names it.
fn probe_url(endpoint: &Endpoint) -> Option<Url> {
    match endpoint {
        Endpoint::Url(url) => Some(url.clone()),
        Endpoint::FromMetadata(issuer) => {
            metadata::well_known_urls(&Url::parse(issuer).ok()?).into_iter().next()
        }
    }
}

/// Loads the proxy, truststore and client certificate, and no other Secret.
async fn transport(cluster: &Cluster, desired: &Desired) -> Result<Transport, CliError> {
    let request = DesiredRequest {
        client: Client::None,
        // A grant without an assertion, so that its keystore is not opened.
        grant: DesiredGrant::ClientCredentials { grant_type: None },
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
