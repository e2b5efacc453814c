//! The Secrets that a request uses, read and parsed once for each of their versions.

use std::sync::Arc;

use crate::controller::state_cache::LoadedInputs;
use crate::controller::steps::StepContext;
use connection_client::observation::inputs::{InputVersions, versions};
use connection_client::store::inputs::Inputs;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::token_record::Versions;

/// Compares the content of the Secrets with the inputs of the stored token.
pub(super) async fn compare(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let (inputs, _) = read(ctx).await?;
    let record = ctx.observation.record.as_ref();
    // With the salt of the record, because its digest was made with that.
    let matches_token =
        record.map(|record| inputs.material.digest(record.salt.as_bytes()) == record.inputs_digest);
    cache(ctx, LoadedInputs { matches_token, ..inputs });
    Ok(())
}

/// Returns the inputs, from the cache if the watch knows no newer version of a Secret, and the
/// versions of the Secrets that decide which token is issued.
pub(super) async fn load_inputs(
    ctx: StepContext<'_>,
) -> Result<(Arc<LoadedInputs>, Versions), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    let digests = (Digest::from_json(&desired.request), Digest::from_json(&desired.transport));
    let cached = context.states.with(&observed.uid, |state| state.inputs.clone());
    let secrets = |name: &str| context.secrets.get(&observed.namespace, name);
    // The parsed material depends on the spec too, not on the Secrets alone.
    if let Some(inputs) = cached
        && (inputs.request_digest, inputs.transport_digest) == digests
        && let Ok(current) = versions(&secrets, desired)
        && inputs.versions == Digest::from_json(&current.all)
    {
        return Ok((inputs, current.request));
    }
    let (inputs, versions) = read(ctx).await?;
    Ok((cache(ctx, inputs), versions))
}

fn cache(ctx: StepContext<'_>, inputs: LoadedInputs) -> Arc<LoadedInputs> {
    let inputs = Arc::new(inputs);
    ctx.context.states.with(&ctx.observed.uid, |state| state.inputs = Some(Arc::clone(&inputs)));
    inputs
}

async fn read(ctx: StepContext<'_>) -> Result<(LoadedInputs, Versions), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    let secrets = Inputs::read(&context.client, &observed.namespace, desired).await?;
    // The watch may lag behind this read.
    for (name, summary) in secrets.summaries() {
        context.secrets.put(&observed.namespace, name, summary.clone());
    }
    let desired = Arc::clone(desired);
    // Key derivation is expensive by design: keep it off the threads that serve other Connections.
    let _permit = context.keystore_slots.acquire().await;
    let parsing = tokio::task::spawn_blocking(move || parse(&secrets, &desired)).await;
    // A key that makes the parser panic must not end the reconciliation.
    let (mut inputs, versions) =
        parsing.unwrap_or_else(|_| Err(ConnectionError::material_missing()))?;
    context.signers.share(&mut inputs.material);
    inputs.transport.trust = context.http.intern(inputs.transport.trust);
    Ok((inputs, versions))
}

fn parse(secrets: &Inputs, desired: &Desired) -> Result<(LoadedInputs, Versions), ConnectionError> {
    let Desired { request, transport, .. } = desired;
    let material = secrets.open(request)?;
    let versions = InputVersions::new(desired, secrets.versions());
    let inputs = LoadedInputs {
        request_digest: Digest::from_json(request),
        transport_digest: Digest::from_json(transport),
        versions: Digest::from_json(&versions.all),
        request_versions: Digest::from_json(&versions.request),
        transport: secrets.transport(transport, &material)?,
        allowed_hosts: secrets.allowed_hosts(&desired.secret_refs).into(),
        material,
        matches_token: None,
    };
    Ok((inputs, versions.request))
}
