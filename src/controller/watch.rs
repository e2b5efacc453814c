//! The watches, and what wakes a Connection.

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

/// What is to be watched.
pub struct Scope {
    /// The namespace; all where there is none.
    pub namespace: Option<String>,
    /// Connections that are worked on at the same time.
    pub concurrency: u16,
}

/// Works until `stop`, then finishes what it has begun.
pub async fn run(
    context: Arc<Context>,
    writer: Writer<Connection>,
    scope: Scope,
    teller: ReadinessHandle,
    stop: CancellationToken,
) {
    let (waker, woken) = unbounded();
    let leading = tokio::spawn(requeue_all_on_leadership(Arc::clone(&context), waker.clone()));
    let (listed, first_list) = tokio::sync::oneshot::channel();
    let watching = if context.enrollment.is_some() {
        // Each namespace is waited for on its own.
        let _: Result<(), ()> = listed.send(());
        tokio::spawn(future::ready(()))
    } else {
        let secrets = api::<PartialObjectMeta<Secret>>(&context.client, scope.namespace.as_deref());
        tokio::spawn(watch_all(
            Arc::clone(&context),
            secrets,
            waker.clone(),
            (teller.clone(), listed),
        ))
    };
    tokio::select! {
        _ = first_list => {}
        () = stop.cancelled() => { leading.abort(); watching.abort(); return; }
    }
    let connections = api::<Connection>(&context.client, scope.namespace.as_deref());
    let turns = FairQueue::new(scope.concurrency, scope.namespace.is_none());
    let workers = WorkerPool::new(turns, waker.clone());
    let stream =
        watch_connections(connections, writer, (Arc::clone(&context), waker), teller.clone());
    context.metrics.set_max_concurrent_reconciles(scope.concurrency);
    let concurrency = scope.concurrency.saturating_add(PENDING_HEADROOM);
    run_controller(stream, woken, (workers, concurrency), context, stop).await;
    teller.reset();
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

/// Connections that were deleted while they waited are the usual case.
fn skipped<E, Q>(metrics: &Metrics, workers: &WorkerPool, error: &controller::Error<E, Q>)
where
    E: std::error::Error,
    Q: std::error::Error,
{
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
    teller: ReadinessHandle,
) -> impl Stream<Item = Connection> + Send {
    let mut listed = HashSet::new();
    let of_failed = teller.clone();
    watcher::watcher(api, watcher::Config::default().timeout(WATCH_TIMEOUT))
        .backoff(watch_backoff())
        .inspect_ok(move |event| {
            // First: a Secret of a namespace that is watched from here on finds its Connections.
            context.secret_refs.on_event(event);
            enter_namespaces(&context, &waker, event);
            forget_connections(&context, &mut listed, event);
            if matches!(event, Event::InitDone) {
                teller.set_ready();
            }
        })
        // Field management is three quarters of an object and none of our business.
        .modify(|connection| {
            connection.managed_fields_mut().clear();
            connection.annotations_mut().remove("kubectl.kubernetes.io/last-applied-configuration");
        })
        .reflect(writer)
        .touched_objects()
        // The errors end here: `Controller` would back off again.
        .filter_map(move |connection| {
            if let Err(error) = &connection {
                of_failed.watch_failed(server_responded(error));
                tracing::warn!(error = %describe(error), "Connection watch failed, retrying");
            }
            future::ready(connection.ok())
        })
}

/// Begins the watch of a namespace with its first Connection, where each is watched on its own.
fn enter_namespaces(context: &Arc<Context>, waker: &Waker, event: &Event<Connection>) {
    let (Some(enrolment), Event::Apply(connection) | Event::InitApply(connection)) =
        (&context.enrollment, event)
    else {
        return;
    };
    enrolment.add_connection(connection, |namespace, number| {
        let (context, waker) = (Arc::clone(context), waker.clone());
        let watch = watch_namespace(context, waker, (namespace, number));
        AbortOnDropHandle::new(tokio::spawn(watch))
    });
}

/// Drops what is remembered of Connections that are gone, and ends the watches of namespaces that have
/// none.
fn forget_connections(context: &Context, listed: &mut HashSet<String>, event: &Event<Connection>) {
    let enrolment = context.enrollment.as_ref();
    let mut left = Vec::new();
    match event {
        Event::Apply(_) => {}
        Event::Delete(connection) => {
            context.states.forget(&connection.uid().unwrap_or_default());
            left.extend(enrolment.and_then(|one| one.remove_connection(connection)));
        }
        Event::Init => listed.clear(),
        Event::InitApply(connection) => listed.extend(connection.uid()),
        Event::InitDone => {
            let alive = mem::take(listed);
            context.states.retain(&alive);
            left.extend(enrolment.into_iter().flat_map(|one| one.retain(&alive)));
        }
    }
    for namespace in left {
        context.secrets.forget_namespace(&namespace);
    }
}
