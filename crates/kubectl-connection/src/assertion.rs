//! `assertion NAME`: the JWT that a token request would send, made as the operator makes it, with
//! the caller's own right to read the key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::try_join_all;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{AssertionArguments, OutputFormat};
use crate::cluster::Cluster;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::terminal::Terminal;
use connection_client::observation::desired;
use connection_client::store::inputs::Inputs;
use connection_core::clock::{self, whole_seconds};
use connection_core::connection::compose;
use connection_core::connection::desired::{Client, Desired, DesiredAssertion, DesiredRequest};
use connection_core::connection::material::{AssertionMaterial, Material};
use connection_core::connection::secret_ref::{SecretRefs, SecretRole};
use connection_core::random;

/// An assertion, open to read. The names are what `-o json` prints.
#[derive(Debug, Serialize)]
struct DecodedAssertion {
    /// The request parameter that it is sent as.
    parameter: &'static str,
    header: Value,
    claims: Value,
}

/// Shows or prints the assertions of a Connection.
pub(crate) async fn run(
    cluster: &Cluster,
    wanted: &AssertionArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = cluster.connection(&wanted.name).await?;
    let Desired { request, secret_refs, .. } = desired::desired_state(&connection)?;
    if request.assertion().is_none() {
        return Err(CliError::Cannot(format!(
            "Connection `{}` sends no assertion: its flow and its client authentication need none",
            wanted.name
        )));
    }
    let request = assertions_alone(request);
    let material = open(cluster, &request, &secret_refs).await?;
    let now = clock::now();
    if wanted.raw {
        let parts = both(&request, &material);
        let chosen = parts.into_iter().flatten().filter(|part| !wanted.client || part.of_client);
        let Some(part) = chosen.into_iter().next() else {
            return Err(CliError::Arguments("--client: the client sends no assertion"));
        };
        terminal.answer(made(&part, now)?.expose_secret());
        return Ok(Exit::Ready);
    }
    let shown = both(&request, &material).into_iter().flatten().map(|part| shown(&part, now));
    let shown: Vec<DecodedAssertion> = shown.collect::<Result<_, _>>()?;
    match wanted.output.form {
        OutputFormat::Json => terminal.answer(&json::text(&shown)),
        OutputFormat::Text => terminal.answer(&text(&shown, now)),
    }
    Ok(Exit::Ready)
}

/// The request without all that needs other Secrets than the assertions do.
fn assertions_alone(request: DesiredRequest) -> DesiredRequest {
    let client = match request.client {
        client @ Client::PrivateKeyJwt { .. } => client,
        _ => Client::None,
    };
    let secret_parameters = std::collections::BTreeMap::new();
    DesiredRequest { client, identity: None, secret_parameters, ..request }
}

async fn open(
    cluster: &Cluster,
    request: &DesiredRequest,
    refs: &SecretRefs,
) -> Result<Material, CliError> {
    let refs = refs.secrets(SecretRole::is_assertion);
    let secrets = refs.into_iter().map(|reference| cluster.referenced_secret(reference));
    let inputs = Inputs::from_secrets(try_join_all(secrets).await?);
    Ok(inputs.open(request)?)
}

/// An assertion that is to be made.
struct AssertionSource<'a> {
    of_client: bool,
    wanted: &'a DesiredAssertion,
    material: Option<&'a AssertionMaterial>,
}

/// The grant's and the client's.
fn both<'a>(
    request: &'a DesiredRequest,
    material: &'a Material,
) -> [Option<AssertionSource<'a>>; 2] {
    let part = |of_client, wanted: Option<&'a DesiredAssertion>, material| {
        wanted.map(|wanted| AssertionSource { of_client, wanted, material })
    };
    [
        part(false, request.grant_assertion(), material.grant.as_ref()),
        part(true, request.client_assertion(), material.client.as_ref()),
    ]
}

fn made(part: &AssertionSource<'_>, now: Timestamp) -> Result<SecretString, CliError> {
    Ok(compose::assertion(part.wanted, part.material, now, random::bytes())?)
}

fn shown(part: &AssertionSource<'_>, now: Timestamp) -> Result<DecodedAssertion, CliError> {
    let parameter = if part.of_client { "client_assertion" } else { "assertion" };
    let jwt = made(part, now)?;
    let mut halves = jwt.expose_secret().split('.').map(|half| {
        let bytes = URL_SAFE_NO_PAD.decode(half).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    match (halves.next().flatten(), halves.next().flatten()) {
        (Some(header), Some(claims)) => Ok(DecodedAssertion { parameter, header, claims }),
        _ => Err(CliError::Cannot(format!(
            "the ready-made {parameter} is no JWT: print it as it is by --raw"
        ))),
    }
}

fn text(shown: &[DecodedAssertion], now: Timestamp) -> String {
    let one = |shown: &DecodedAssertion| {
        format!(
            "# {}, as a request at {} would send it; the signed JWT: --raw\n{}\n",
            shown.parameter,
            whole_seconds(now),
            json::text(&serde_json::json!({ "header": shown.header, "claims": shown.claims })),
        )
    };
    shown.iter().map(one).collect()
}
