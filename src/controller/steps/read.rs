//! Reads and opens the Secrets that a request uses, once for each of their versions.

use std::sync::Arc;

use crate::controller::context::Context;
use crate::controller::state_cache::Opened;
use connection_client::observation::inputs::{Seen, versions};
use connection_client::observation::observe::Observation;
use connection_client::observation::observed_connection::Subject;
use connection_client::store::inputs::Inputs;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::Fault;
use connection_core::connection::token_record::Versions;

/// Compares what the Secrets say now with what the held token was made from.
pub(super) async fn compare(
    context: &Context,
    subject: &Subject,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), Fault> {
    let (opened, _) = read(context, subject, desired).await?;
    let same = observation
        .record
        .as_ref()
        .map(|record| opened.material.digest(record.salt.as_bytes()) == record.material);
    remember(context, subject, Opened { same_as_held: same, ..opened });
    Ok(())
}

/// The opened Secrets: as remembered, where they are as new as the watch knows them. Beside them,
/// the versions of those that decide which token comes.
pub(super) async fn opened(
    context: &Context,
    subject: &Subject,
    desired: &Arc<Desired>,
) -> Result<(Arc<Opened>, Versions), Fault> {
    let (request, way) = (Digest::of(&desired.request), Digest::of(&desired.transport));
    let remembered = context.memory.with(&subject.uid, |memo| memo.opened.clone());
    let secrets = |name: &str| context.secrets.get(&subject.namespace, name);
    if let Some(opened) = remembered
        && (opened.request, opened.way) == (request, way)
        && let Ok(seen) = versions(&secrets, desired)
        && opened.versions == Digest::of(&seen.all)
    {
        return Ok((opened, seen.request));
    }
    let (opened, versions) = read(context, subject, desired).await?;
    Ok((remember(context, subject, opened), versions))
}

fn remember(context: &Context, subject: &Subject, opened: Opened) -> Arc<Opened> {
    let opened = Arc::new(opened);
    context.memory.with(&subject.uid, |memo| memo.opened = Some(Arc::clone(&opened)));
    opened
}

async fn read(
    context: &Context,
    subject: &Subject,
    desired: &Arc<Desired>,
) -> Result<(Opened, Versions), Fault> {
    let inputs = Inputs::read(&context.client, &subject.namespace, desired).await?;
    // A watch that lags behind is not waited for.
    for (name, facts) in inputs.facts() {
        context.secrets.put(&subject.namespace, name, facts.clone());
    }
    let desired = Arc::clone(desired);
    // Key derivation is hard work by design: off the threads that serve everybody.
    let _permit = context.opening.acquire().await;
    let opening = tokio::task::spawn_blocking(move || open(&inputs, &desired)).await;
    let (mut opened, versions) = opening.unwrap_or_else(|_| Err(Fault::material_missing()))?;
    context.signers.share(&mut opened.material);
    opened.transport.trust = context.http.intern(opened.transport.trust);
    Ok((opened, versions))
}

fn open(inputs: &Inputs, desired: &Desired) -> Result<(Opened, Versions), Fault> {
    let Desired { request, transport, .. } = desired;
    let material = inputs.open(request)?;
    let seen = Seen::of(desired, inputs.versions());
    let opened = Opened {
        request: Digest::of(request),
        way: Digest::of(transport),
        versions: Digest::of(&seen.all),
        request_versions: Digest::of(&seen.request),
        transport: inputs.transport(transport, &material)?,
        pins: inputs.pins(request).into(),
        material,
        same_as_held: None,
    };
    Ok((opened, seen.request))
}
