//! The watches, and what wakes a Connection.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use backon::ExponentialBuilder;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{Stream, StreamExt, TryStreamExt, future};
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::controller::{self, Action, Config};
use kube::runtime::reflector::{ObjectRef, store::Writer};
use kube::runtime::watcher::{self, Event, ExponentialBackoff};
use kube::runtime::{Controller, WatchStreamExt};
use kube::{Api, Client, ResourceExt};
use tokio_util::sync::CancellationToken;

use crate::api::connection::Connection;
use crate::controller::context::Context;
use crate::controller::leading::wake_at_each_beginning;
use crate::controller::reconcile::reconcile;
use crate::controller::references;
use crate::metrics::Metrics;
use crate::store::secret_facts::SecretFacts;
use crate::store::secret_index::Noted;

/// The longest silence of a watch, seconds, after which it is asked for anew: a connection that
/// nobody closed is noticed by then.
const WATCH_TIMEOUT: u32 = 60;

/// The delays after which a watch that failed is begun anew.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);
const LONGEST_PATIENCE: Duration = Duration::from_secs(5);

/// What is to be watched.
pub struct Scope {
    /// The namespace; all where there is none.
    pub namespace: Option<String>,
    /// Connections that are worked on at the same time.
    pub concurrency: u16,
}

/// Tells whether the first lists have arrived.
pub type Readiness = tokio::sync::watch::Sender<bool>;

/// Works until `stop`, then finishes what it has begun.
pub async fn run(
    context: Arc<Context>,
    writer: Writer<Connection>,
    scope: Scope,
    ready: Arc<Readiness>,
    stop: CancellationToken,
) {
    let (waker, woken) = unbounded();
    let secrets = api::<PartialObjectMeta<Secret>>(&context.client, scope.namespace.as_deref());
    let (listed, first_list) = tokio::sync::oneshot::channel();
    let leading = tokio::spawn(wake_at_each_beginning(Arc::clone(&context), waker.clone()));
    let watching = tokio::spawn(watch_secrets(Arc::clone(&context), secrets, waker, listed));
    tokio::select! {
        _ = first_list => {}
        () = stop.cancelled() => { leading.abort(); watching.abort(); return; }
    }
    let connections = api::<Connection>(&context.client, scope.namespace.as_deref());
    let stream = watch_connections(connections, writer, Arc::clone(&context), Arc::clone(&ready));
    controller(stream, woken, &scope, context, stop).await;
    ready.send_replace(false);
    leading.abort();
    watching.abort();
}

async fn controller(
    stream: impl Stream<Item = watcher::Result<Connection>> + Send + 'static,
    woken: UnboundedReceiver<ObjectRef<Connection>>,
    scope: &Scope,
    context: Arc<Context>,
    stop: CancellationToken,
) {
    let reader = context.connections.clone();
    let metrics = Arc::clone(&context.metrics);
    metrics.concurrency(scope.concurrency);
    let (of_changed, of_woken) = (Arc::clone(&metrics), Arc::clone(&metrics));
    let changed = stream.inspect_ok(move |one| {
        of_changed.queued(&one.namespace().unwrap_or_default(), &one.name_any());
    });
    let woken = woken.inspect(move |one| {
        of_woken.queued(one.namespace.as_deref().unwrap_or_default(), &one.name);
    });
    Controller::for_stream(changed, reader)
        .with_config(Config::default().concurrency(scope.concurrency))
        .reconcile_on(woken)
        .graceful_shutdown_on(async move { stop.cancelled().await })
        .run(reconcile, |_, never, _| -> Action { match *never {} }, context)
        .for_each(|outcome| {
            if let Err(error) = outcome {
                skipped(&metrics, &error);
            }
            future::ready(())
        })
        .await;
}

/// An object that is gone when its turn comes is the usual case.
fn skipped<E, Q>(metrics: &Metrics, error: &controller::Error<E, Q>)
where
    E: std::error::Error,
    Q: std::error::Error,
{
    if let controller::Error::ObjectNotFound(one) = error {
        metrics.gone(one.namespace.as_deref().unwrap_or_default(), &one.name);
    }
    tracing::debug!(%error, "the queue skipped an entry");
}

fn api<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
    K::DynamicType: Default,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

/// How long a watch that failed waits: short enough that a server that is back is noticed while its
/// users still look.
fn patience() -> ExponentialBackoff {
    let delays = ExponentialBuilder::default().with_min_delay(SHORTEST_PATIENCE);
    delays.with_max_delay(LONGEST_PATIENCE).with_jitter().without_max_times().into()
}

fn watch_connections(
    api: Api<Connection>,
    writer: Writer<Connection>,
    context: Arc<Context>,
    ready: Arc<Readiness>,
) -> impl Stream<Item = watcher::Result<Connection>> + Send {
    let mut listed = HashSet::new();
    watcher::watcher(api, watcher::Config::default().timeout(WATCH_TIMEOUT))
        .backoff(patience())
        .inspect_ok(move |event| {
            forget_connections(&context, &mut listed, event);
            if matches!(event, Event::InitDone) {
                ready.send_replace(true);
            }
        })
        // Field management is three quarters of an object and none of our business.
        .modify(|connection| {
            connection.managed_fields_mut().clear();
            connection.annotations_mut().remove("kubectl.kubernetes.io/last-applied-configuration");
        })
        .reflect(writer)
        .touched_objects()
        .inspect_err(|error| tracing::warn!(error = %describe(error), "the watch of Connections failed; it is tried again"))
}

/// Drops what is remembered of Connections that are gone.
fn forget_connections(context: &Context, listed: &mut HashSet<String>, event: &Event<Connection>) {
    match event {
        Event::Apply(_) => {}
        Event::Delete(connection) => context.memory.forget(&connection.uid().unwrap_or_default()),
        Event::Init => listed.clear(),
        Event::InitApply(connection) => listed.extend(connection.uid()),
        Event::InitDone => context.memory.retain(&mem::take(listed)),
    }
}

async fn watch_secrets(
    context: Arc<Context>,
    api: Api<PartialObjectMeta<Secret>>,
    waker: UnboundedSender<ObjectRef<Connection>>,
    listed: tokio::sync::oneshot::Sender<()>,
) {
    let mut listed = Some(listed);
    let stream = watcher::watcher(api, watcher::Config::default().timeout(WATCH_TIMEOUT))
        .backoff(patience());
    let mut stream = std::pin::pin!(stream);
    let mut list = None;
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Init) => list = Some(context.secrets.begin_list()),
            Ok(Event::InitApply(secret) | Event::Apply(secret)) => note(&context, &waker, &secret),
            Ok(Event::InitDone) => {
                let gone = list.take().map(|list| context.secrets.end_list(list, None));
                for (namespace, name) in gone.into_iter().flatten() {
                    wake(&context, &waker, &namespace, &name, None);
                }
                if let Some(listed) = listed.take() {
                    let _: Result<(), ()> = listed.send(());
                }
            }
            Ok(Event::Delete(secret)) => forget(&context, &waker, &secret),
            Err(error) => {
                tracing::warn!(error = %describe(&error), "the watch of Secrets failed; it is tried again");
            }
        }
    }
}

fn note(
    context: &Context,
    waker: &UnboundedSender<ObjectRef<Connection>>,
    secret: &PartialObjectMeta<Secret>,
) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    let facts = SecretFacts::of(&secret.metadata);
    let owner = connection_of(&facts);
    let handed_to = facts.hand_over.as_ref().map(|one| one.connection.clone());
    match context.secrets.put(&namespace, &name, facts) {
        // Our own write, or a list that brings nothing new: its Connection knows, who else reads
        // the Secret does not.
        Noted::Known if owner.is_some() => {
            wake(context, waker, &namespace, &name, owner.as_deref());
        }
        Noted::Known => {}
        Noted::New(_) => {
            wake(context, waker, &namespace, &name, None);
            if let Some(connection) = handed_to {
                let _ = waker.unbounded_send(ObjectRef::new(&connection).within(&namespace));
            }
        }
    }
}

fn forget(
    context: &Context,
    waker: &UnboundedSender<ObjectRef<Connection>>,
    secret: &PartialObjectMeta<Secret>,
) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    let uid = secret.uid().unwrap_or_default();
    // Whoever else wants the name can have it now.
    if context.secrets.remove(&namespace, &name, &uid).is_some() {
        wake(context, waker, &namespace, &name, None);
    }
}

fn connection_of(facts: &SecretFacts) -> Option<String> {
    let of_grant = facts.grant.as_ref().map(|grant| &grant.connection);
    let of_token = facts.token.as_ref().map(|token| &token.connection);
    of_grant.or(of_token).map(ToString::to_string)
}

/// Wakes the Connections that name a Secret, as an input or as their token Secret, but for the one
/// that knows already.
fn wake(
    context: &Context,
    waker: &UnboundedSender<ObjectRef<Connection>>,
    namespace: &str,
    name: &str,
    knows: Option<&str>,
) {
    for connection in context.connections.state() {
        let connection_name = connection.name_any();
        if connection.namespace().as_deref() == Some(namespace)
            && knows != Some(connection_name.as_str())
            && references::names(&connection, name)
        {
            // Nobody listens any more when the operator is stopping.
            let _ = waker.unbounded_send(ObjectRef::new(&connection_name).within(namespace));
        }
    }
}

/// What failed, without what the server said.
fn describe(error: &watcher::Error) -> &'static str {
    match error {
        watcher::Error::InitialListFailed(_) => "the list was refused or did not arrive",
        watcher::Error::WatchStartFailed(_) => "the watch was refused or did not start",
        watcher::Error::WatchError(_) => "the server ended the watch",
        watcher::Error::WatchFailed(_) => "the watch broke",
        watcher::Error::NoResourceVersion => "the list has no resource version",
    }
}
