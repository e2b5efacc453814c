//! The watches of Secrets, and whom a Secret wakes.

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

/// How long a namespace that is not enrolled is left alone.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);

/// Where Connections are woken.
pub(super) type Waker = UnboundedSender<ObjectRef<Connection>>;

/// Watches the Secrets of the whole scope for ever; calls `listed` when the first list is complete.
pub(super) async fn watch_all(
    context: Arc<Context>,
    api: Api<PartialObjectMeta<Secret>>,
    waker: Waker,
    (teller, listed): (ReadinessHandle, tokio::sync::oneshot::Sender<()>),
) {
    let mut listed = Some(listed);
    let tell = || {
        if let Some(listed) = listed.take() {
            let _: Result<(), ()> = listed.send(());
        }
    };
    follow(&context, &waker, (api, None), tell, |error| {
        teller.watch_failed(server_responded(error))
    })
    .await;
}

/// Watches the Secrets of a namespace, where the operator may; where it may not, tries again now and
/// then.
pub(super) async fn watch_namespace(
    context: Arc<Context>,
    waker: Waker,
    (namespace, number): (String, u64),
) {
    let learn = |knowledge| {
        let known = context.enrollment.as_ref();
        if known.is_some_and(|one| one.set_access(&namespace, number, knowledge)) {
            tracing::debug!(namespace, "what is known of a namespace's Secrets: {knowledge:?}");
            wake_namespace(&context, &waker, &namespace);
        }
    };
    loop {
        let api = Api::namespaced(context.client.clone(), &namespace);
        follow(&context, &waker, (api, Some(&namespace)), || learn(SecretAccess::Synced), |_| ())
            .await;
        // First, so that nobody takes Secrets that are forgotten for Secrets that are not there.
        learn(SecretAccess::Forbidden);
        context.secrets.forget_namespace(&namespace);
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

/// Follows a watch. That of a single namespace ends when it is refused, any other never.
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
            Ok(Event::Init) => list = Some(context.secrets.start_relist()),
            Ok(Event::InitApply(secret) | Event::Apply(secret)) => note(context, waker, &secret),
            Ok(Event::InitDone) => {
                let gone = list.take().map(|list| context.secrets.finish_relist(list, namespace));
                for (namespace, name) in gone.into_iter().flatten() {
                    wake(context, waker, &namespace, &name, None);
                }
                listed();
            }
            Ok(Event::Delete(secret)) => forget(context, waker, &secret),
            Err(error) if namespace.is_some() && is_refusal(&error) => return,
            Err(error) => {
                failed(&error);
                tracing::warn!(error = %describe(&error), "Secret watch failed, retrying");
            }
        }
    }
}

fn is_refusal(error: &watcher::Error) -> bool {
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
            // Nobody listens any more when the operator is stopping.
            let _ = waker.unbounded_send(ObjectRef::from_obj(&*connection));
        }
    }
}

fn note(context: &Context, waker: &Waker, secret: &PartialObjectMeta<Secret>) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    let facts = SecretSummary::new(&secret.metadata);
    let owner = connection_of(&facts);
    let handed_to = facts.handoff.as_ref().map(|one| one.connection.clone());
    match context.secrets.put(&namespace, &name, facts) {
        // Our own write, or a list that brings nothing new: its Connection knows, who else reads
        // the Secret does not.
        CacheUpdate::Stale if owner.is_some() => {
            wake(context, waker, &namespace, &name, owner.as_deref());
        }
        CacheUpdate::Stale => {}
        CacheUpdate::Changed(_) => {
            wake(context, waker, &namespace, &name, None);
            if let Some(connection) = handed_to {
                let _ = waker.unbounded_send(ObjectRef::new(&connection).within(&namespace));
            }
        }
    }
}

fn forget(context: &Context, waker: &Waker, secret: &PartialObjectMeta<Secret>) {
    let (namespace, name) = (secret.namespace().unwrap_or_default(), secret.name_any());
    let uid = secret.uid().unwrap_or_default();
    // Whoever else wants the name can have it now.
    if context.secrets.remove(&namespace, &name, &uid).is_some() {
        wake(context, waker, &namespace, &name, None);
    }
}

fn connection_of(facts: &SecretSummary) -> Option<String> {
    let of_grant = facts.grant.as_ref().map(|grant| &grant.connection);
    let of_token = facts.token.as_ref().map(|token| &token.connection);
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
