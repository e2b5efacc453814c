//! The watches of Secrets, and the Connections that a Secret requeues.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedSender;
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher::{self, Event};
use kube::{Api, ResourceExt};

use crate::controller::context::Context;
use crate::controller::enrollment::SecretAccess;
use crate::controller::watch_backoff::{WATCH_TIMEOUT, describe, server_responded, watch_backoff};
use crate::readiness::ReadinessHandle;
use connection_client::api::connection::Connection;
use connection_client::store::secret_cache::CacheUpdate;
use connection_client::store::secret_summary::SecretSummary;

/// The delay before the Secrets of a namespace that is not enrolled are listed again.
// No event reports a new `RoleBinding`, so the delay bounds how long enrollment takes.
const NOT_ENROLLED_DELAY: Duration = Duration::from_secs(30);

/// Requeues Connections.
pub(super) type Waker = UnboundedSender<ObjectRef<Connection>>;

/// Watches the Secrets of the whole scope; sends to `listed` when the first list is complete. Never
/// returns.
pub(super) async fn watch_all(
    context: Arc<Context>,
    api: Api<PartialObjectMeta<Secret>>,
    waker: Waker,
    (readiness_handle, listed): (ReadinessHandle, tokio::sync::oneshot::Sender<()>),
) {
    let mut listed = Some(listed);
    let on_synced = || {
        // Later lists of the same watch find no sender.
        if let Some(listed) = listed.take() {
            // Fails only if the operator was stopped before the first list.
            let _: Result<(), ()> = listed.send(());
        }
    };
    follow(&context, &waker, (api, None), on_synced, |error| {
        readiness_handle.watch_failed(server_responded(error));
    })
    .await;
}

/// Watches the Secrets of a namespace; retries with a delay while the namespace is not enrolled. Never
/// returns.
pub(super) async fn watch_namespace(
    context: Arc<Context>,
    waker: Waker,
    (namespace, number): (String, u64),
) {
    let set_access = |access| {
        let enrollment = context.enrollment.as_ref();
        if enrollment.is_some_and(|enrollment| enrollment.set_access(&namespace, number, access)) {
            tracing::debug!(namespace, "access to the Secrets of the namespace: {access:?}");
            wake_namespace(&context, &waker, &namespace);
        }
    };
    loop {
        let api = Api::namespaced(context.client.clone(), &namespace);
        follow(
            &context,
            &waker,
            (api, Some(&namespace)),
            || set_access(SecretAccess::Synced),
            // The access to one namespace does not affect the readiness of the operator.
            |_| (),
        )
        .await;
        // Before the cache is cleared, so that its Secrets are not reported as missing.
        set_access(SecretAccess::Forbidden);
        context.secrets.forget_namespace(&namespace);
        tokio::time::sleep(NOT_ENROLLED_DELAY).await;
    }
}

/// Follows a watch. Returns when the watch of a single namespace is forbidden.
async fn follow(
    context: &Context,
    waker: &Waker,
    (api, namespace): (Api<PartialObjectMeta<Secret>>, Option<&str>),
    mut listed: impl FnMut(),
    failed: impl Fn(&watcher::Error),
) {
    let stream = watcher::watcher(api, watcher::Config::default().timeout(WATCH_TIMEOUT))
        .backoff(watch_backoff());
    let mut stream = std::pin::pin!(stream);
    let mut list = None;
    while let Some(event) = stream.next().await {
        match event {
            // What is neither listed nor written from here on was deleted.
            Ok(Event::Init) => list = Some(context.secrets.start_relist()),
            Ok(Event::InitApply(secret) | Event::Apply(secret)) => note(context, waker, &secret),
            Ok(Event::InitDone) => {
                let gone = list.take().map(|list| context.secrets.finish_relist(list, namespace));
                // Deleted while no watch was open, so that no event reported it.
                for (namespace, name) in gone.into_iter().flatten() {
                    wake(context, waker, &namespace, &name, None);
                }
                listed();
            }
            Ok(Event::Delete(secret)) => forget(context, waker, &secret),
            // The caller waits for the enrollment; a watch of all namespaces is retried here.
            Err(error) if namespace.is_some() && is_forbidden(&error) => return,
            Err(error) => {
                failed(&error);
                tracing::warn!(error = %describe(&error), "Secret watch failed, retrying");
            }
        }
    }
}

fn is_forbidden(error: &watcher::Error) -> bool {
    use watcher::Error as E;
    match error {
        E::InitialListFailed(kube::Error::Api(status))
        | E::WatchStartFailed(kube::Error::Api(status))
        | E::WatchError(status) => status.code == 403,
        _ => false,
    }
}

fn wake_namespace(context: &Context, waker: &Waker, namespace: &str) {
    for connection in context.connections.state() {
        if connection.namespace().as_deref() == Some(namespace) {
            // Fails only when the operator is stopping.
            let _ = waker.unbounded_send(ObjectRef::from_obj(&*connection));
        }
    }
}

fn note(context: &Context, waker: &Waker, secret: &PartialObjectMeta<Secret>) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    let summary = SecretSummary::new(&secret.metadata);
    let owner = connection_of(&summary);
    // The spec does not name a handoff Secret, so the index does not lead to its Connection.
    let handed_to = summary.handoff.as_ref().map(|handoff| handoff.connection.clone());
    match context.secrets.put(&namespace, &name, summary) {
        // The operator's own write, or a list without changes: the owner has observed it, other
        // Connections that read the Secret have not.
        CacheUpdate::Stale if owner.is_some() => {
            wake(context, waker, &namespace, &name, owner.as_deref());
        }
        CacheUpdate::Stale => {}
        CacheUpdate::Changed(_) => {
            wake(context, waker, &namespace, &name, None);
            if let Some(connection) = handed_to {
                // Fails only when the operator is stopping.
                let _ = waker.unbounded_send(ObjectRef::new(&connection).within(&namespace));
            }
        }
    }
}

fn forget(context: &Context, waker: &Waker, secret: &PartialObjectMeta<Secret>) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    // A late deletion must not remove a Secret that was created again under the name.
    let uid = secret.uid().unwrap_or_default();
    // Another Connection may be waiting for the name.
    if context.secrets.remove(&namespace, &name, &uid).is_some() {
        wake(context, waker, &namespace, &name, None);
    }
}

fn connection_of(summary: &SecretSummary) -> Option<String> {
    let of_grant = summary.grant.as_ref().map(|grant| &grant.connection);
    let of_token = summary.token.as_ref().map(|token| &token.connection);
    of_grant.or(of_token).map(ToString::to_string)
}

/// Requeues the Connections that refer to a Secret, except `writer`, which made the change.
fn wake(context: &Context, waker: &Waker, namespace: &str, name: &str, writer: Option<&str>) {
    for connection in context.secret_refs.connections(namespace, name) {
        if writer != Some(&*connection) {
            // Ignore: the receiver is closed only at shutdown.
            let _ = waker.unbounded_send(ObjectRef::new(&connection).within(namespace));
        }
    }
}
