//! The watches, and the triggers that requeue a Connection.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::{Stream, StreamExt, TryStreamExt, future};
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::controller::{self, Action, Config};
use kube::runtime::reflector::{ObjectRef, Store, store::Writer};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{Controller, WatchStreamExt};
use kube::{Api, Client, ResourceExt};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::controller::context::Context;
use crate::controller::fair_queue::FairQueue;
use crate::controller::leader_resync::requeue_all_on_leadership;
use crate::controller::reconcile::reconcile;
use crate::controller::secrets::{Waker, watch_all, watch_namespace};
use crate::controller::watch_backoff::{WATCH_TIMEOUT, describe, server_responded, watch_backoff};
use crate::controller::worker_pool::WorkerPool;
use crate::metrics::Metrics;
use crate::readiness::ReadinessHandle;
use connection_client::api::connection::Connection;

/// Reconciliations that `Controller` starts in addition to the permits of the worker pool: they try
/// to acquire a permit, and end at once if there is none.
const PENDING_HEADROOM: u16 = 16;

pub struct Scope {
    /// None for all namespaces.
    pub namespace: Option<String>,
    /// The most reconciliations at the same time.
    pub concurrency: u16,
}

/// Runs until `stop`, then waits for the reconciliations in flight.
pub async fn run(
    context: Arc<Context>,
    writer: Writer<Connection>,
    scope: Scope,
    readiness_handle: ReadinessHandle,
    stop: CancellationToken,
) {
    // Unbounded, because the drop of a permit sends too and cannot wait.
    let (waker, woken) = unbounded();
    let leading = tokio::spawn(requeue_all_on_leadership(Arc::clone(&context), waker.clone()));
    let (listed, first_list) = tokio::sync::oneshot::channel();
    let watching = if context.enrollment.is_some() {
        // The Secrets of each namespace are listed separately.
        let _: Result<(), ()> = listed.send(());
        tokio::spawn(future::ready(()))
    } else {
        let secrets = api::<PartialObjectMeta<Secret>>(&context.client, scope.namespace.as_deref());
        tokio::spawn(watch_all(
            Arc::clone(&context),
            secrets,
            waker.clone(),
            (readiness_handle.clone(), listed),
        ))
    };
    // The Secrets come first, because otherwise those of every Connection would look missing.
    tokio::select! {
        _ = first_list => {}
        () = stop.cancelled() => { leading.abort(); watching.abort(); return; }
    }
    let connections = api::<Connection>(&context.client, scope.namespace.as_deref());
    // A single namespace need not leave permits for others.
    let queue = FairQueue::new(scope.concurrency, scope.namespace.is_none());
    let workers = WorkerPool::new(queue, waker.clone());
    let stream = watch_connections(
        connections,
        writer,
        (Arc::clone(&context), waker),
        readiness_handle.clone(),
    );
    context.metrics.set_max_concurrent_reconciles(scope.concurrency);
    let concurrency = scope.concurrency.saturating_add(PENDING_HEADROOM);
    run_controller(stream, woken, (workers, concurrency), context, stop).await;
    readiness_handle.reset();
    // The watches run until here, because reconciliations in flight read their caches.
    leading.abort();
    watching.abort();
}

async fn run_controller(
    changed: impl Stream<Item = Connection> + Send + 'static,
    woken: UnboundedReceiver<ObjectRef<Connection>>,
    (workers, concurrency): (Arc<WorkerPool>, u16),
    context: Arc<Context>,
    stop: CancellationToken,
) {
    let reader = context.connections.clone();
    let metrics = Arc::clone(&context.metrics);
    let (of_changed, of_woken) = (Arc::clone(&metrics), Arc::clone(&metrics));
    let changed = changed.inspect(move |connection| {
        of_changed
            .connection_queued(&connection.namespace().unwrap_or_default(), &connection.name_any());
    });
    let of_skipped = Arc::clone(&workers);
    let reconcile = move |connection, context| reconcile(connection, context, Arc::clone(&workers));
    let woken = woken.inspect(move |connection| {
        of_woken.connection_queued(
            connection.namespace.as_deref().unwrap_or_default(),
            &connection.name,
        );
    });
    controller(changed, reader, woken)
        .with_config(Config::default().concurrency(concurrency))
        // Waits for those in flight, which may hold a refresh token that is not saved yet.
        .graceful_shutdown_on(async move { stop.cancelled().await })
        .run(reconcile, |_, never, _| -> Action { match *never {} }, context)
        .for_each(|outcome| {
            if let Err(error) = outcome {
                skipped(&metrics, &of_skipped, &error);
            }
            future::ready(())
        })
        .await;
}

/// Creates the controller from triggers that never fail.
///
/// `Controller` backs off all of its triggers for up to a minute after an error of any of them, so
/// that requests for other Connections would wait too. The watches have their own backoff.
fn controller(
    changed: impl Stream<Item = Connection> + Send + 'static,
    reader: Store<Connection>,
    woken: impl Stream<Item = ObjectRef<Connection>> + Send + 'static,
) -> Controller<Connection> {
    Controller::for_stream(changed.map(Ok), reader).reconcile_on(woken)
}

/// Handles a queue entry that the runtime skipped, usually a Connection that was deleted.
fn skipped<E, Q>(metrics: &Metrics, workers: &WorkerPool, error: &controller::Error<E, Q>)
where
    E: std::error::Error,
    Q: std::error::Error,
{
    // A deleted Connection may have been granted a permit that others wait for.
    if let controller::Error::ObjectNotFound(connection) = error {
        let namespace = connection.namespace.as_deref().unwrap_or_default();
        metrics.connection_dequeued(namespace, &connection.name);
        workers.cancel(namespace, &connection.name);
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

fn watch_connections(
    api: Api<Connection>,
    writer: Writer<Connection>,
    (context, waker): (Arc<Context>, Waker),
    readiness_handle: ReadinessHandle,
) -> impl Stream<Item = Connection> + Send {
    let mut listed = HashSet::new();
    let readiness_on_error = readiness_handle.clone();
    watcher::watcher(api, watcher::Config::default().timeout(WATCH_TIMEOUT))
        .backoff(watch_backoff())
        .inspect_ok(move |event| {
            // First: a Secret of a namespace that is watched from here on finds its Connections.
            context.secret_refs.on_event(event);
            enter_namespaces(&context, &waker, event);
            forget_connections(&context, &mut listed, event);
            // Before the first complete list the cache lacks Connections.
            if matches!(event, Event::InitDone) {
                readiness_handle.set_ready();
            }
        })
        // Managed fields take three quarters of the memory of an object and are not used.
        .modify(|connection| {
            connection.managed_fields_mut().clear();
            // It repeats the spec and is not used either.
            connection.annotations_mut().remove("kubectl.kubernetes.io/last-applied-configuration");
        })
        .reflect(writer)
        // Deletions too: the queue skips their entries, which returns a granted permit.
        .touched_objects()
        // The errors end here: `Controller` would back off again.
        .filter_map(move |connection| {
            if let Err(error) = &connection {
                readiness_on_error.watch_failed(server_responded(error));
                tracing::warn!(error = %describe(error), "Connection watch failed, retrying");
            }
            future::ready(connection.ok())
        })
}

/// Starts the watch of a namespace with its first Connection, if namespaces are watched one by one.
fn enter_namespaces(context: &Arc<Context>, waker: &Waker, event: &Event<Connection>) {
    let (Some(enrollment), Event::Apply(connection) | Event::InitApply(connection)) =
        (&context.enrollment, event)
    else {
        return;
    };
    enrollment.add_connection(connection, |namespace, number| {
        let (context, waker) = (Arc::clone(context), waker.clone());
        let watch = watch_namespace(context, waker, (namespace, number));
        AbortOnDropHandle::new(tokio::spawn(watch))
    });
}

/// Drops the state of deleted Connections, and ends the watches of namespaces without Connections.
fn forget_connections(context: &Context, listed: &mut HashSet<String>, event: &Event<Connection>) {
    let enrollment = context.enrollment.as_ref();
    let mut unwatched = Vec::new();
    match event {
        Event::Apply(_) => {}
        Event::Delete(connection) => {
            context.states.forget(&connection.uid().unwrap_or_default());
            unwatched
                .extend(enrollment.and_then(|enrollment| enrollment.remove_connection(connection)));
        }
        Event::Init => listed.clear(),
        Event::InitApply(connection) => listed.extend(connection.uid()),
        Event::InitDone => {
            // A deletion that the watch missed shows only as a gap in a complete list.
            let alive = mem::take(listed);
            context.states.retain(&alive);
            unwatched
                .extend(enrollment.into_iter().flat_map(|enrollment| enrollment.retain(&alive)));
        }
    }
    for namespace in unwatched {
        context.secrets.forget_namespace(&namespace);
    }
}
