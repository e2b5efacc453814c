//! Decides what to do with the Lease and whether this replica is the leader. No effects, no clock.
//!
//! The rules are those of client-go's leader election
//! (<https://pkg.go.dev/k8s.io/client-go/tools/leaderelection>): times that other replicas wrote are
//! never compared with the local clock. A Lease can be acquired if it has not changed for its whole
//! duration since this replica observed it. Each write requires the observed version.

use crate::leadership::LeaderState;
use crate::lease::timings::LeaseTimings;
use connection_core::clock::MonotonicInstant;

/// The fields of a Lease that the election uses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ObservedLease {
    /// The resource version.
    pub version: u64,
    /// The holder's identity; none if the Lease was released.
    pub holder: Option<Box<str>>,
    /// The holder's lease duration; none if the Lease sets none, and this replica's applies.
    pub duration: Option<std::time::Duration>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ElectionAction {
    /// Read the Lease.
    Read,
    /// Do nothing until this instant or the next watch event.
    Wait(MonotonicInstant),
    /// Write this replica's identity into the Lease.
    Write(LeaseWrite),
}

/// How the Lease is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LeaseWrite {
    /// The Lease does not exist.
    Create,
    /// This replica holds the Lease.
    Renew,
    /// The Lease has no holder, or its holder stopped renewing it.
    Acquire,
}

/// The election as one candidate sees it.
#[derive(Debug)]
pub(super) struct Election {
    identity: Box<str>,
    timings: LeaseTimings,
    /// The newest version, and when this replica first observed it.
    observed: Option<(ObservedLease, MonotonicInstant)>,
    deleted: bool,
    /// When the Lease was last read, written or reported by the watch.
    last_event: Option<MonotonicInstant>,
    /// Set if the Lease may have changed in a way that a write has to know.
    must_read: bool,
    /// When the last successful renewal was sent.
    last_renewal: Option<MonotonicInstant>,
    /// When a call last failed; none after a call succeeds.
    last_failure: Option<MonotonicInstant>,
    state: LeaderState,
}

impl Election {
    /// Creates a candidate that has not observed the Lease. Identities must be unique.
    pub(super) fn new(identity: &str, timings: LeaseTimings) -> Self {
        Self {
            identity: identity.into(),
            timings,
            observed: None,
            deleted: false,
            last_event: None,
            must_read: true,
            last_renewal: None,
            last_failure: None,
            state: LeaderState::default(),
        }
    }

    pub(super) fn state(&self) -> LeaderState {
        self.state
    }

    /// Returns true if this replica holds the Lease, as far as it has observed.
    pub(super) fn holds(&self) -> bool {
        !self.deleted && self.is_holder()
    }

    /// Steps down if the renew deadline has passed, then returns the next action.
    pub(super) fn tick(&mut self, now: MonotonicInstant) -> ElectionAction {
        let expired = self.state.until.is_some_and(|until| until <= now);
        if expired {
            self.step_down();
            // Another replica may have acquired the Lease since the last renewal.
            self.must_read = true;
        }
        // A leader wakes at its deadline, so that it steps down even if no response or event
        // arrives.
        match (self.decide(now), self.state.until) {
            (ElectionAction::Wait(time), Some(until)) => ElectionAction::Wait(time.min(until)),
            (action, _) => action,
        }
    }

    fn decide(&self, now: MonotonicInstant) -> ElectionAction {
        // Back off before reads, too: a failing API server must not get a request in every
        // iteration.
        let backoff = self.last_failure.map(|failure| failure + self.timings.failure_backoff);
        if let Some(backoff) = backoff.filter(|backoff| now < *backoff) {
            return ElectionAction::Wait(backoff);
        }
        if self.must_read {
            return ElectionAction::Read;
        }
        // The first action is a read, so it has found no Lease.
        let Some((lease, observed_at)) = &self.observed else {
            return ElectionAction::Write(LeaseWrite::Create);
        };
        let write = match (self.deleted, self.is_holder()) {
            (true, _) => LeaseWrite::Create,
            (false, true) => LeaseWrite::Renew,
            (false, false) => LeaseWrite::Acquire,
        };
        // A deleted Lease still belongs to its holder for the lease duration.
        let free_at = match &lease.holder {
            // A released Lease is free at once: its holder stepped down before it released it.
            None => now,
            Some(_) if write == LeaseWrite::Renew => {
                self.last_renewal.map_or(now, |renewal| renewal + self.timings.retry_period)
            }
            // Others wait for the lease duration, so that the holder can create its deleted Lease
            // first.
            Some(_) if self.is_holder() => now,
            // The holder's duration applies, since its timings may differ from this replica's.
            Some(_) => *observed_at + lease.duration.unwrap_or(self.timings.lease_duration),
        };
        if free_at <= now {
            return ElectionAction::Write(write);
        }
        // A holder needs no watch: its next renewal fails with a conflict if the Lease has changed.
        if write == LeaseWrite::Renew {
            return ElectionAction::Wait(free_at);
        }
        // The watch may be broken without an error: read the Lease if it sent no event for a period.
        match self.last_event.map(|event| event + self.timings.retry_period) {
            Some(silent) if now < silent => ElectionAction::Wait(free_at.min(silent)),
            _ => ElectionAction::Read,
        }
    }

    /// Records a successful read; none if the Lease does not exist.
    pub(super) fn on_read(&mut self, lease: Option<ObservedLease>, now: MonotonicInstant) {
        (self.must_read, self.last_failure) = (false, None);
        let Some(lease) = lease else {
            // Keep the observed Lease: its holder may still lead until its duration has passed.
            (self.deleted, self.last_event) = (true, Some(now));
            return;
        };
        self.on_watch_event(lease, now);
    }

    /// Records a version that the watch reported. Versions that are not newer are ignored.
    pub(super) fn on_watch_event(&mut self, lease: ObservedLease, now: MonotonicInstant) {
        self.last_event = Some(now);
        // The same version must not restart the wait, and a lagging watch reports older ones.
        if self.observed_version() >= Some(lease.version) {
            return;
        }
        // This replica no longer holds the Lease, so it must not lead until its deadline.
        if lease.holder.as_deref() != Some(&*self.identity) {
            self.step_down();
        }
        self.deleted = false;
        self.observed = Some((lease, now));
    }

    /// Records a deletion that the watch reported.
    pub(super) fn on_deleted(&mut self, version: u64, now: MonotonicInstant) {
        self.last_event = Some(now);
        // A lagging watch may report the deletion of an earlier Lease.
        if self.observed_version() <= Some(version) {
            self.deleted = true;
        }
    }

    /// Records a successful write that was sent at `sent_at`. Leadership counts from then, since
    /// other replicas may have observed the write before its response arrived.
    pub(super) fn on_written(
        &mut self,
        write: LeaseWrite,
        lease: ObservedLease,
        sent_at: MonotonicInstant,
        now: MonotonicInstant,
    ) {
        // The deadline may have passed during the call; leadership then begins again.
        let was_leader = self.state.until.is_some_and(|until| now < until);
        (self.last_event, self.last_failure) = (Some(now), None);
        (self.deleted, self.must_read) = (false, false);
        self.observed = Some((lease, now));
        self.last_renewal = Some(sent_at);
        // Only a renewal proves that no other replica held the Lease in between.
        if write != LeaseWrite::Renew {
            self.state.term += 1;
        }
        if !was_leader {
            self.state.acquisitions += 1;
        }
        self.state.until = Some(sent_at + self.timings.renew_deadline);
    }

    /// Records a write that failed because the Lease had changed.
    pub(super) fn on_conflict(&mut self) {
        // No backoff: the API server responded, and another version is available to read.
        self.must_read = true;
    }

    /// Records a call that failed with an unknown result.
    pub(super) fn on_call_failed(&mut self, now: MonotonicInstant) {
        // The write may have succeeded, even if its response was lost.
        self.must_read = true;
        self.last_failure = Some(now);
    }

    /// Ends leadership, without a write to the Lease.
    pub(super) fn step_down(&mut self) {
        self.state.until = None;
    }

    fn observed_version(&self) -> Option<u64> {
        self.observed.as_ref().map(|(lease, _)| lease.version)
    }

    fn is_holder(&self) -> bool {
        let holder = self.observed.as_ref().and_then(|(lease, _)| lease.holder.as_deref());
        holder == Some(&*self.identity)
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
