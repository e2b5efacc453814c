//! Runs the election: reads, watches and writes the Lease as `election` decides.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::PostParams;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::leadership::{LeaderState, Leadership};
use crate::lease::election::{Election, ElectionAction, LeaseWrite};
use crate::lease::object;
use crate::lease::timings::LeaseTimings;
use connection_core::clock;

/// Timeout of one watch request, seconds. A broken connection that no peer closed is detected by
/// then.
const WATCH_TIMEOUT: u32 = 60;

type Watch = Pin<Box<dyn Stream<Item = watcher::Result<Event<Lease>>> + Send>>;

/// A candidate of the election.
pub struct LeaderElector {
    api: Api<Lease>,
    name: String,
    identity: String,
    timings: LeaseTimings,
    election: Election,
    /// The newest observed Lease.
    lease: Option<Lease>,
    state: watch::Sender<LeaderState>,
}

impl LeaderElector {
    /// Creates a candidate for the Lease of this namespace and name, and the leadership that it
    /// publishes. Identities must be unique.
    #[must_use]
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str) -> (Self, Leadership) {
        let (state, receiver) = watch::channel(LeaderState::default());
        let timings = LeaseTimings::OPERATOR;
        let elector = Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            timings,
            election: Election::new(identity, timings),
            lease: None,
            state,
        };
        (elector, Leadership::Elected(receiver))
    }

    /// Runs the election until `stop`, then releases the Lease.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut watch = self.watch();
        loop {
            let action = self.election.tick(clock::monotonic_now());
            self.publish();
            match action {
                ElectionAction::Read => self.read().await,
                ElectionAction::Write(write) => self.write(write).await,
                ElectionAction::Wait(time) => tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(time.since(clock::monotonic_now())) => {}
                    Some(event) = watch.next() => self.handle_watch_event(event),
                },
            }
            // A call is never cancelled, since it may have taken effect: check for a stop after it.
            if stop.is_cancelled() {
                break;
            }
        }
        self.release().await;
    }

    fn watch(&self) -> Watch {
        // RBAC allows a watch that is limited to a resource name only with this field selector.
        let selector = format!("metadata.name={}", self.name);
        let config = watcher::Config::default().fields(&selector).timeout(WATCH_TIMEOUT);
        // Without a backoff, the watcher retries a failed request at once.
        watcher::watcher(self.api.clone(), config).default_backoff().boxed()
    }

    /// Publishes the state, and logs a change of leadership.
    fn publish(&self) {
        let state = self.election.state();
        let old = self.state.send_replace(state);
        let identity = &self.identity;
        match (old.until, state.until) {
            (None, Some(_)) => tracing::info!(identity, "became leader"),
            (Some(_), None) => tracing::warn!(identity, "lost leadership"),
            _ => {}
        }
    }

    fn handle_watch_event(&mut self, event: watcher::Result<Event<Lease>>) {
        let now = clock::monotonic_now();
        match event {
            Ok(Event::Apply(lease) | Event::InitApply(lease)) => {
                self.election.on_watch_event(object::observed(&lease), now);
                self.update_lease(lease);
            }
            Ok(Event::Delete(lease)) => {
                self.election.on_deleted(object::observed(&lease).version, now);
            }
            // A list without the Lease is no event: the election reads the Lease instead.
            Ok(Event::Init | Event::InitDone) => {}
            // A failed watch proves nothing about the holder, so the election does not change.
            Err(_) => {
                tracing::warn!("Lease watch failed; polling instead");
            }
        }
    }

    fn update_lease(&mut self, lease: Lease) {
        let version = |lease: &Lease| object::observed(lease).version;
        // The watch may lag behind a call, and a replacement requires the newest version.
        if self.lease.as_ref().is_none_or(|old| version(old) < version(&lease)) {
            self.lease = Some(lease);
        }
    }

    async fn read(&mut self) {
        let call = self.api.get_opt(&self.name);
        let response = tokio::time::timeout(self.timings.call_timeout, call).await;
        let now = clock::monotonic_now();
        match response {
            Ok(Ok(lease)) => {
                self.election.on_read(lease.as_ref().map(object::observed), now);
                if let Some(lease) = lease {
                    self.update_lease(lease);
                }
            }
            Ok(Err(error)) => self.report_failure(&describe(&error)),
            Err(_) => self.report_failure("timed out"),
        }
    }

    async fn write(&mut self, write: LeaseWrite) {
        let names = (self.name.as_str(), self.identity.as_str());
        let lease = object::held(self.lease.as_ref(), names, write, &self.timings, clock::now());
        // Read the clock before the call, so that a slow response does not extend leadership.
        let sent_at = clock::monotonic_now();
        match tokio::time::timeout(self.timings.call_timeout, self.put(write, &lease)).await {
            Ok(Ok(lease)) => {
                self.election.on_written(
                    write,
                    object::observed(&lease),
                    sent_at,
                    clock::monotonic_now(),
                );
                self.lease = Some(lease);
            }
            // Another candidate wrote or deleted the Lease first.
            Ok(Err(kube::Error::Api(status))) if matches!(status.code, 404 | 409) => {
                self.election.on_conflict();
            }
            Ok(Err(error)) => self.report_failure(&describe(&error)),
            Err(_) => self.report_failure("timed out"),
        }
    }

    async fn put(&self, write: LeaseWrite, lease: &Lease) -> kube::Result<Lease> {
        let params = PostParams::default();
        match write {
            LeaseWrite::Create => self.api.create(&params, lease).await,
            LeaseWrite::Renew | LeaseWrite::Acquire => {
                self.api.replace(&self.name, &params, lease).await
            }
        }
    }

    fn report_failure(&mut self, error: &str) {
        self.election.on_call_failed(clock::monotonic_now());
        tracing::warn!(
            error,
            "failed to read or update Lease \"{}\", retrying; check that the operator may get, list, watch, create and update it",
            self.name
        );
    }

    /// Ends leadership and releases the Lease, so that another replica takes over without a wait.
    /// Retries once after a conflict; otherwise the Lease expires.
    async fn release(mut self) {
        // Step down before the write: another replica may acquire the Lease as soon as it is
        // released.
        self.election.step_down();
        self.publish();
        for _ in 0..2 {
            // Another replica may have acquired the Lease, which must then keep its holder.
            let Some(lease) = self.lease.as_ref().filter(|_| self.election.holds()) else { return };
            let released = object::released(lease, clock::now());
            let params = PostParams::default();
            let call = self.api.replace(&self.name, &params, &released);
            match tokio::time::timeout(self.timings.call_timeout, call).await {
                Ok(Err(kube::Error::Api(status))) if status.code == 409 => self.read().await,
                Ok(Ok(_)) => return tracing::info!("released the Lease"),
                _ => {
                    return tracing::warn!("failed to release the Lease; it will expire");
                }
            }
        }
    }
}

/// Describes the error without the server's text, which may repeat what was sent.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("HTTP {}", status.code),
        _ => "the Kubernetes API is not available".to_owned(),
    }
}
