//! Takes part in the election: reads, watches and writes the Lease as it is decided.

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
use crate::lease::election::{Action, Election, LeaseWrite};
use crate::lease::object;
use crate::lease::timings::LeaseTimings;
use connection_core::clock;

/// The longest silence of a watch, seconds, after which it is asked for anew.
const WATCH_TIMEOUT: u32 = 60;

/// The Lease's watch.
type Watch = Pin<Box<dyn Stream<Item = watcher::Result<Event<Lease>>> + Send>>;

/// A candidate.
pub struct LeaderElector {
    api: Api<Lease>,
    name: String,
    identity: String,
    times: LeaseTimings,
    election: Election,
    /// The newest Lease that was seen.
    lease: Option<Lease>,
    standing: watch::Sender<LeaderState>,
}

impl LeaderElector {
    /// A candidate for the Lease of this namespace and name, and its word on whether it leads. No
    /// two candidates may have the same identity.
    #[must_use]
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str) -> (Self, Leadership) {
        let (standing, word) = watch::channel(LeaderState::default());
        let times = LeaseTimings::OPERATOR;
        let elector = Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            times,
            election: Election::new(identity, times),
            lease: None,
            standing,
        };
        (elector, Leadership::Elected(word))
    }

    /// Takes part until `stop`, then releases the Lease.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut watch = self.watch();
        loop {
            let action = self.election.next(clock::monotonic_now());
            self.publish();
            match action {
                Action::Read => self.read().await,
                Action::Write(claim) => self.write(claim).await,
                Action::Wait(time) => tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(time.since(clock::monotonic_now())) => {}
                    Some(event) = watch.next() => self.handle_watch_event(event),
                },
            }
            if stop.is_cancelled() {
                break;
            }
        }
        self.release().await;
    }

    fn watch(&self) -> Watch {
        let only = format!("metadata.name={}", self.name);
        let config = watcher::Config::default().fields(&only).timeout(WATCH_TIMEOUT);
        watcher::watcher(self.api.clone(), config).default_backoff().boxed()
    }

    /// Tells where we stand, and logs it where it has changed.
    fn publish(&self) {
        let standing = self.election.standing();
        let old = self.standing.send_replace(standing);
        let identity = &self.identity;
        match (old.until, standing.until) {
            (None, Some(_)) => tracing::info!(identity, "this process leads"),
            (Some(_), None) => tracing::warn!(identity, "this process does not lead any more"),
            _ => {}
        }
    }

    fn handle_watch_event(&mut self, event: watcher::Result<Event<Lease>>) {
        let now = clock::monotonic_now();
        match event {
            Ok(Event::Apply(lease) | Event::InitApply(lease)) => {
                self.election.on_watch_event(object::seen(&lease), now);
                self.keep(lease);
            }
            Ok(Event::Delete(lease)) => {
                self.election.on_deleted(object::seen(&lease).version, now);
            }
            Ok(Event::Init | Event::InitDone) => {}
            Err(_) => {
                tracing::warn!("the watch of the Lease failed; it is read now and then instead");
            }
        }
    }

    fn keep(&mut self, lease: Lease) {
        let version = |lease: &Lease| object::seen(lease).version;
        if self.lease.as_ref().is_none_or(|old| version(old) < version(&lease)) {
            self.lease = Some(lease);
        }
    }

    async fn read(&mut self) {
        let call = tokio::time::timeout(self.times.call, self.api.get_opt(&self.name));
        let answer = call.await;
        let now = clock::monotonic_now();
        match answer {
            Ok(Ok(lease)) => {
                self.election.read(lease.as_ref().map(object::seen), now);
                if let Some(lease) = lease {
                    self.keep(lease);
                }
            }
            Ok(Err(error)) => self.report_failure(&describe(&error)),
            Err(_) => self.report_failure("no answer in time"),
        }
    }

    async fn write(&mut self, claim: LeaseWrite) {
        let names = (self.name.as_str(), self.identity.as_str());
        let lease = object::claimed(self.lease.as_ref(), names, claim, &self.times, clock::now());
        let asked = clock::monotonic_now();
        match tokio::time::timeout(self.times.call, self.put(claim, &lease)).await {
            Ok(Ok(lease)) => {
                self.election.on_written(
                    claim,
                    object::seen(&lease),
                    asked,
                    clock::monotonic_now(),
                );
                self.lease = Some(lease);
            }
            // Another was faster, or it was deleted.
            Ok(Err(kube::Error::Api(status))) if matches!(status.code, 404 | 409) => {
                self.election.on_conflict();
            }
            Ok(Err(error)) => self.report_failure(&describe(&error)),
            Err(_) => self.report_failure("no answer in time"),
        }
    }

    async fn put(&self, claim: LeaseWrite, lease: &Lease) -> kube::Result<Lease> {
        let params = PostParams::default();
        match claim {
            LeaseWrite::Create => self.api.create(&params, lease).await,
            LeaseWrite::Renew | LeaseWrite::Acquire => {
                self.api.replace(&self.name, &params, lease).await
            }
        }
    }

    fn report_failure(&mut self, what: &str) {
        self.election.on_call_failed(clock::monotonic_now());
        tracing::warn!(
            error = what,
            "the Lease could not be read or written; it is tried again. It is `{}`: may the operator get, list, watch, create and update it?",
            self.name
        );
    }

    /// Stops to lead and gives the Lease back, so that another need not wait. Nothing hangs on it:
    /// it is tried once more where the Lease was written in between, and then left to expire.
    async fn release(mut self) {
        self.election.step_down();
        self.publish();
        for _ in 0..2 {
            let Some(lease) = self.lease.as_ref().filter(|_| self.election.holds()) else { return };
            let free = object::released(lease, clock::now());
            let params = PostParams::default();
            let call = self.api.replace(&self.name, &params, &free);
            match tokio::time::timeout(self.times.call, call).await {
                Ok(Err(kube::Error::Api(status))) if status.code == 409 => self.read().await,
                Ok(Ok(_)) => return tracing::info!("the Lease is released"),
                _ => {
                    return tracing::warn!("the Lease could not be released: it expires by itself");
                }
            }
        }
    }
}

/// What failed, without what the server said.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("HTTP {}", status.code),
        _ => "the Kubernetes API is not available".to_owned(),
    }
}
