//! Reads and opens the Secrets that a request uses, once for each of their versions.

use std::sync::Arc;

use crate::controller::context::Context;
use crate::controller::state_cache::LoadedInputs;
use connection_client::observation::inputs::{InputVersions, versions};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::ObservedConnection;
use connection_client::store::inputs::Inputs;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::token_record::Versions;

/// Compares what the Secrets say now with what the held token was made from.
pub(super) async fn compare(
    context: &Context,
    subject: &ObservedConnection,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), ConnectionError> {
    let (opened, _) = read(context, subject, desired).await?;
    let same = observation
        .record
        .as_ref()
        .map(|record| opened.material.digest(record.salt.as_bytes()) == record.inputs_digest);
    remember(context, subject, LoadedInputs { same_as_held: same, ..opened });
    Ok(())
}

/// The opened Secrets: as remembered, where they are as new as the watch knows them. Beside them,
/// the versions of those that decide which token comes.
pub(super) async fn opened(
    context: &Context,
    subject: &ObservedConnection,
    desired: &Arc<Desired>,
) -> Result<(Arc<LoadedInputs>, Versions), ConnectionError> {
    let (request, way) =
        (Digest::from_json(&desired.request), Digest::from_json(&desired.transport));
    let remembered = context.memory.with(&subject.uid, |memo| memo.opened.clone());
    let secrets = |name: &str| context.secrets.get(&subject.namespace, name);
    if let Some(opened) = remembered
        && (opened.request, opened.way) == (request, way)
        && let Ok(seen) = versions(&secrets, desired)
        && opened.versions == Digest::from_json(&seen.all)
    {
        return Ok((opened, seen.request));
    }
    let (opened, versions) = read(context, subject, desired).await?;
    Ok((remember(context, subject, opened), versions))
}

fn remember(
    context: &Context,
    subject: &ObservedConnection,
    opened: LoadedInputs,
) -> Arc<LoadedInputs> {
    let opened = Arc::new(opened);
    context.memory.with(&subject.uid, |memo| memo.opened = Some(Arc::clone(&opened)));
    opened
}

async fn read(
    context: &Context,
    subject: &ObservedConnection,
    desired: &Arc<Desired>,
) -> Result<(LoadedInputs, Versions), ConnectionError> {
    let inputs = Inputs::read(&context.client, &subject.namespace, desired).await?;
    // A watch that lags behind is not waited for.
    for (name, facts) in inputs.summaries() {
        context.secrets.put(&subject.namespace, name, facts.clone());
    }
    let desired = Arc::clone(desired);
    // Key derivation is hard work by design: off the threads that serve everybody.
    let _permit = context.opening.acquire().await;
    let opening = tokio::task::spawn_blocking(move || open(&inputs, &desired)).await;
    let (mut opened, versions) =
        opening.unwrap_or_else(|_| Err(ConnectionError::material_missing()))?;
    context.signers.share(&mut opened.material);
    opened.transport.trust = context.http.intern(opened.transport.trust);
    Ok((opened, versions))
}

fn open(inputs: &Inputs, desired: &Desired) -> Result<(LoadedInputs, Versions), ConnectionError> {
    let Desired { request, transport, .. } = desired;
    let material = inputs.open(request)?;
    let seen = InputVersions::new(desired, inputs.versions());
    let opened = LoadedInputs {
        request: Digest::from_json(request),
        way: Digest::from_json(transport),
        versions: Digest::from_json(&seen.all),
        request_versions: Digest::from_json(&seen.request),
        transport: inputs.transport(transport, &material)?,
        pins: inputs.allowed_hosts(&desired.secret_refs).into(),
        material,
        same_as_held: None,
    };
    Ok((opened, seen.request))
}
