//! `assertion NAME`: builds the JWT that a token request would send with the code of the operator and
//! the caller's permission to read the key.

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

/// A decoded assertion. The names are those of `-o json`.
#[derive(Debug, Serialize)]
struct DecodedAssertion {
    /// The parameter of the token request.
    parameter: &'static str,
    header: Value,
    claims: Value,
}

/// Prints the assertions of a Connection, decoded or signed.
pub(crate) async fn run(
    cluster: &Cluster,
    arguments: &AssertionArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, CliError> {
    let connection = cluster.connection(&arguments.name).await?;
    let Desired { request, secret_refs, .. } = desired::desired_state(&connection)?;
    // Before Secrets are read: a caller without that permission gets the cause as well.
    if request.assertion().is_none() {
        return Err(CliError::Cannot(format!(
            "Connection `{}` sends no assertion: set a JWT flow, or client.authentication: PrivateKeyJWT",
            arguments.name
        )));
    }
    let request = assertions_alone(request);
    let material = load(cluster, &request, &secret_refs).await?;
    // One time for all assertions and the heading.
    let now = clock::now();
    let mut sources = sources(&request, &material).into_iter().flatten();
    if arguments.raw {
        // Without --client: the assertion of the grant, if any, because `sources` puts it first.
        let Some(source) = sources.find(|source| !arguments.client || source.is_client) else {
            return Err(CliError::PluginArguments("--client: the client sends no assertion"));
        };
        terminal.stdout(sign(&source, now)?.expose_secret());
        return Ok(Exit::Ready);
    }
    let assertions = sources.map(|source| decode(&source, now));
    let assertions: Vec<DecodedAssertion> = assertions.collect::<Result<_, _>>()?;
    match arguments.output.format {
        OutputFormat::Json => terminal.stdout(&json::pretty(&assertions)),
        OutputFormat::Text => terminal.stdout(&text(&assertions, now)),
    }
    Ok(Exit::Ready)
}

/// Removes what needs Secrets other than those of the assertions.
fn assertions_alone(request: DesiredRequest) -> DesiredRequest {
    let client = match request.client {
        client @ Client::PrivateKeyJwt { .. } => client,
        _ => Client::None,
    };
    let secret_parameters = std::collections::BTreeMap::new();
    DesiredRequest { client, identity: None, secret_parameters, ..request }
}

async fn load(
    cluster: &Cluster,
    request: &DesiredRequest,
    refs: &SecretRefs,
) -> Result<Material, CliError> {
    let refs = refs.secrets(SecretRole::is_assertion);
    let secrets = refs.into_iter().map(|reference| cluster.referenced_secret(reference));
    let inputs = Inputs::from_secrets(try_join_all(secrets).await?);
    Ok(inputs.open(request)?)
}

/// The inputs of an assertion.
struct AssertionInput<'a> {
    /// True if the assertion authenticates the client, false if it is the grant.
    is_client: bool,
    desired: &'a DesiredAssertion,
    material: Option<&'a AssertionMaterial>,
}

/// Returns the assertion of the grant and the assertion of the client.
fn sources<'a>(
    request: &'a DesiredRequest,
    material: &'a Material,
) -> [Option<AssertionInput<'a>>; 2] {
    let source = |is_client, desired: Option<&'a DesiredAssertion>, material| {
        desired.map(|desired| AssertionInput { is_client, desired, material })
    };
    [
        source(false, request.grant_assertion(), material.grant.as_ref()),
        source(true, request.client_assertion(), material.client.as_ref()),
    ]
}

fn sign(source: &AssertionInput<'_>, now: Timestamp) -> Result<SecretString, CliError> {
    Ok(compose::assertion(source.desired, source.material, now, random::bytes())?)
}

fn decode(source: &AssertionInput<'_>, now: Timestamp) -> Result<DecodedAssertion, CliError> {
    let parameter = if source.is_client { "client_assertion" } else { "assertion" };
    let jwt = sign(source, now)?;
    let mut parts = jwt.expose_secret().split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    // The signature is left out: with it, the output could be used to request a token.
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(header), Some(claims)) => Ok(DecodedAssertion { parameter, header, claims }),
        _ => Err(CliError::Cannot(format!(
            "the static {parameter} is not a JWT: print it with --raw"
        ))),
    }
}

fn text(assertions: &[DecodedAssertion], now: Timestamp) -> String {
    let text = |assertion: &DecodedAssertion| {
        format!(
            "# {}, as a request at {} would send it; the signed JWT: --raw\n{}\n",
            assertion.parameter,
            whole_seconds(now),
            json::pretty(
                &serde_json::json!({ "header": assertion.header, "claims": assertion.claims })
            ),
        )
    };
    assertions.iter().map(text).collect()
}
