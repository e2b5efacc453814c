//! Reads and opens the Secrets that a request uses, once for each of their versions.

use std::sync::Arc;

use crate::connection::desired::Desired;
use crate::connection::digest::Digest;
use crate::connection::fault::Fault;
use crate::controller::context::Context;
use crate::controller::memory::Opened;
use crate::controller::observe::{Observation, Subject};
use crate::store::inputs::Inputs;

/// Compares what the Secrets say now with what the held token was made from.
pub async fn compare(
    context: &Context,
    subject: &Subject,
    observation: &Observation,
    desired: &Arc<Desired>,
) -> Result<(), Fault> {
    let opened = read(context, subject, desired).await?;
    let same = observation
        .record
        .as_ref()
        .map(|record| opened.material.digest(record.salt.as_bytes()) == record.material);
    remember(context, subject, Opened { same_as_held: same, ..opened });
    Ok(())
}

/// The opened Secrets: as remembered, where they are as new as the watch knows them.
pub async fn opened(
    context: &Context,
    subject: &Subject,
    desired: &Arc<Desired>,
) -> Result<Arc<Opened>, Fault> {
    let (request, way) = (Digest::of(&desired.request), Digest::of(&desired.transport));
    let fresh = |name: &String, version: &String| {
        context.secrets.get(&subject.namespace, name).is_some_and(|one| one.version() == *version)
    };
    let remembered = context.memory.with(&subject.uid, |memo| memo.opened.clone());
    if let Some(opened) = remembered
        && (opened.request, opened.way) == (request, way)
        && opened.versions.len() == desired.secrets().len()
        && opened.versions.iter().all(|(name, version)| fresh(name, version))
    {
        return Ok(opened);
    }
    let opened = read(context, subject, desired).await?;
    Ok(remember(context, subject, opened))
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
) -> Result<Opened, Fault> {
    let inputs = Inputs::read(&context.client, &subject.namespace, desired).await?;
    // A watch that lags behind is not waited for.
    for (name, facts) in inputs.facts() {
        context.secrets.put(&subject.namespace, name, facts.clone());
    }
    let desired = Arc::clone(desired);
    // Key derivation is hard work by design: off the threads that serve everybody.
    let _permit = context.opening.acquire().await;
    let opening = tokio::task::spawn_blocking(move || open(&inputs, &desired)).await;
    let mut opened = opening.unwrap_or_else(|_| Err(Fault::material_missing()))?;
    opened.transport.trust = context.http.intern(opened.transport.trust);
    Ok(opened)
}

fn open(inputs: &Inputs, desired: &Desired) -> Result<Opened, Fault> {
    let Desired { request, transport, .. } = desired;
    let material = inputs.open(request)?;
    let (mut request_versions, names) = (inputs.versions(), request.secrets());
    request_versions.retain(|name, _| names.contains(&name.as_str()));
    Ok(Opened {
        request: Digest::of(request),
        way: Digest::of(transport),
        versions: inputs.versions(),
        request_versions,
        transport: inputs.transport(transport, &material)?,
        pins: inputs.pins(request),
        material,
        same_as_held: None,
    })
}
