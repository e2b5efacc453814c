//! Whether the endpoint of a Connection answers, on the way that its requests take, from here.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::cli::check::line::Line;
use crate::cli::cluster::Cluster;
use crate::cli::error::CliError;
use crate::connection::desired::{Client, Desired, DesiredRequest, Endpoint, Grant};
use crate::connection::fault::Fault;
use crate::net::clients::HttpClients;
use crate::net::guard::Guard;
use crate::net::transport::Transport;
use crate::oauth::metadata;
use crate::oauth::retry_after;
use crate::observation::wanted;
use crate::store::inputs::Inputs;

const PART: &str = "endpoint";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the endpoint answers, and what its clock says.
///
/// # Errors
///
/// Returns an error when the Connection cannot be read.
pub async fn lines(cluster: &Cluster, name: &str) -> Result<Vec<Line>, CliError> {
    let connection = cluster.connection(name).await?;
    let desired = match wanted::desired(&connection) {
        Ok(desired) => desired,
        Err(fault) => return Ok(vec![Line::bad(PART, fault.message)]),
    };
    let Some(url) = place(&desired.request.endpoint) else {
        return Ok(vec![Line::bad(PART, "spec.endpoints.issuer: is not a URL: correct it")]);
    };
    let transport = match transport(cluster, &desired).await {
        Ok(transport) => transport.towards(&url),
        Err(CliError::Fault(fault)) => return Ok(vec![Line::bad(PART, fault.message)]),
        Err(error) => return Ok(vec![Line::unknown(PART, error.to_string())]),
    };
    // People may knock wherever they can; what the operator may do is the operator's own setting.
    let networks = ["0.0.0.0/0", "::/0"].iter().filter_map(|one| one.parse().ok()).collect();
    let guard = Guard { allow_loopback: true, networks, ..Guard::default() };
    let http = match HttpClients::new(guard, true).get(&transport) {
        Ok(http) => http,
        Err(error) => return Ok(vec![Line::bad(PART, error.to_string())]),
    };
    let host = url.host_str().unwrap_or_default();
    Ok(match http.get(&url, PATIENCE).await {
        Ok(answer) => {
            let found = format!("{host} answers this machine (HTTP {})", answer.status);
            let ahead = answer
                .date
                .as_deref()
                .and_then(|date| retry_after::clock_difference(date, answer.received_at));
            let clock = ahead.map(|ahead| Line::clock(host, ahead));
            std::iter::once(Line::good(PART, found)).chain(clock).collect()
        }
        Err(error) => {
            vec![Line::bad(PART, format!("{host} does not answer this machine: {error}"))]
        }
    })
}

/// Where to knock: any answer to a request without credentials will do.
fn place(endpoint: &Endpoint) -> Option<Url> {
    match endpoint {
        Endpoint::Given(url) => Some(url.clone()),
        Endpoint::OfIssuer(issuer) => {
            metadata::locations(&Url::parse(issuer).ok()?).into_iter().next()
        }
    }
}

/// The way, opened from its Secrets and from no others.
async fn transport(cluster: &Cluster, desired: &Desired) -> Result<Transport, CliError> {
    let request = DesiredRequest {
        client: Client::Anonymous,
        grant: Grant::ClientCredentials { grant_type: None },
        secret_parameters: BTreeMap::new(),
        ..desired.request.clone()
    };
    let identity = request.identity.iter().map(|one| (one.field, one.secret.as_str()));
    let mut secrets = Vec::new();
    for (field, name) in identity.chain(desired.transport.secrets()) {
        let read = cluster.secrets().get_opt(name).await;
        let found = read.map_err(CliError::call(format!("reading Secret `{name}`")))?;
        secrets.push(found.ok_or_else(|| Fault::secret_not_found(field, name))?);
    }
    let inputs = Inputs::of(secrets);
    let material = inputs.open(&request)?;
    Ok(inputs.transport(&desired.transport, &material)?)
}
