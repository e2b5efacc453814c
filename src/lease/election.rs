//! Decides what to do about the Lease, and whether it is ours. No effects, no clock.
//!
//! The rules are those of client-go's leader election
//! (<https://pkg.go.dev/k8s.io/client-go/tools/leaderelection>): what others write as times is never
//! compared with the own clock; a Lease may be taken when it has not changed for its whole duration
//! since it was first seen here; each write demands the version that was seen.

use crate::leadership::LeaderState;
use crate::lease::timings::LeaseTimings;
use connection_core::clock::MonotonicInstant;

/// A Lease as it was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ObservedLease {
    /// Its resource version.
    pub version: u64,
    /// Who holds it; nobody where it was released.
    pub holder: Option<Box<str>>,
    /// How long it is left to the holder; as long as our own where it does not say.
    pub duration: Option<std::time::Duration>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Action {
    /// Read the Lease.
    Read,
    /// Nothing before this moment, unless the watch tells something.
    Wait(MonotonicInstant),
    /// Write our name into the Lease.
    Write(LeaseWrite),
}

/// How the Lease is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LeaseWrite {
    /// It is not there.
    Create,
    /// It is ours.
    Renew,
    /// It is nobody's, or its holder is silent.
    Acquire,
}

/// An election as one candidate sees it.
#[derive(Debug)]
pub(super) struct Election {
    identity: Box<str>,
    times: LeaseTimings,
    /// The newest version, and when it was first seen here.
    seen: Option<(ObservedLease, MonotonicInstant)>,
    /// Whether it was gone when it was last told of.
    gone: bool,
    /// When it was last told of.
    heard: Option<MonotonicInstant>,
    /// Whether it may have changed in a way that we would have to know to write it.
    unsure: bool,
    /// When the last renewal that succeeded was begun.
    renewed: Option<MonotonicInstant>,
    /// When a call failed last, until one succeeds.
    failed: Option<MonotonicInstant>,
    standing: LeaderState,
}

impl Election {
    /// A candidate that knows nothing yet. No two candidates may have the same identity.
    #[must_use]
    pub(super) fn new(identity: &str, times: LeaseTimings) -> Self {
        Self {
            identity: identity.into(),
            times,
            seen: None,
            gone: false,
            heard: None,
            unsure: true,
            renewed: None,
            failed: None,
            standing: LeaderState::default(),
        }
    }

    /// Where the candidate stands.
    #[must_use]
    pub(super) fn standing(&self) -> LeaderState {
        self.standing
    }

    /// Whether the Lease bears our name, as far as we know.
    #[must_use]
    pub(super) fn holds(&self) -> bool {
        !self.gone && self.is_ours()
    }

    /// Steps down where the deadline has passed, then says what to do.
    pub(super) fn next(&mut self, now: MonotonicInstant) -> Action {
        let lapsed = self.standing.until.is_some_and(|until| until <= now);
        if lapsed {
            self.step_down();
            // Whoever could not renew it for so long knows nothing of it.
            self.unsure = true;
        }
        match (self.decide(now), self.standing.until) {
            (Action::Wait(time), Some(until)) => Action::Wait(time.min(until)),
            (action, _) => action,
        }
    }

    fn decide(&self, now: MonotonicInstant) -> Action {
        let rest = self.failed.map(|failed| failed + self.times.pause);
        if let Some(rest) = rest.filter(|rest| now < *rest) {
            return Action::Wait(rest);
        }
        if self.unsure {
            return Action::Read;
        }
        let Some((seen, at)) = &self.seen else { return Action::Write(LeaseWrite::Create) };
        let claim = match (self.gone, self.is_ours()) {
            (true, _) => LeaseWrite::Create,
            (false, true) => LeaseWrite::Renew,
            (false, false) => LeaseWrite::Acquire,
        };
        // A Lease that somebody deleted under its holder is left to the holder all the same.
        let free = match &seen.holder {
            None => now,
            Some(_) if claim == LeaseWrite::Renew => {
                self.renewed.map_or(now, |one| one + self.times.retry)
            }
            Some(_) if self.is_ours() => now,
            Some(_) => *at + seen.duration.unwrap_or(self.times.duration),
        };
        if free <= now {
            return Action::Write(claim);
        }
        if claim == LeaseWrite::Renew {
            return Action::Wait(free);
        }
        match self.heard.map(|heard| heard + self.times.retry) {
            Some(silent) if now < silent => Action::Wait(free.min(silent)),
            _ => Action::Read,
        }
    }

    /// Takes note of the Lease as it was read, if it was there.
    pub(super) fn read(&mut self, seen: Option<ObservedLease>, now: MonotonicInstant) {
        (self.unsure, self.failed) = (false, None);
        let Some(seen) = seen else {
            (self.gone, self.heard) = (true, Some(now));
            return;
        };
        self.on_watch_event(seen, now);
    }

    /// Takes note of what the watch tells. What is older than what is known is not news.
    pub(super) fn on_watch_event(&mut self, seen: ObservedLease, now: MonotonicInstant) {
        self.heard = Some(now);
        if self.known() >= Some(seen.version) {
            return;
        }
        if seen.holder.as_deref() != Some(&*self.identity) {
            self.step_down();
        }
        self.gone = false;
        self.seen = Some((seen, now));
    }

    /// Takes note that the watch tells of a deletion.
    pub(super) fn on_deleted(&mut self, version: u64, now: MonotonicInstant) {
        self.heard = Some(now);
        if self.known() <= Some(version) {
            self.gone = true;
        }
    }

    /// Our write, begun at `asked`, was taken.
    pub(super) fn on_written(
        &mut self,
        claim: LeaseWrite,
        seen: ObservedLease,
        asked: MonotonicInstant,
        now: MonotonicInstant,
    ) {
        let led = self.standing.until.is_some_and(|until| now < until);
        (self.heard, self.failed, self.gone, self.unsure) = (Some(now), None, false, false);
        self.seen = Some((seen, now));
        self.renewed = Some(asked);
        if claim != LeaseWrite::Renew {
            self.standing.term += 1;
        }
        if !led {
            self.standing.spell += 1;
        }
        self.standing.until = Some(asked + self.times.renew_deadline);
    }

    /// Our write was refused, since the Lease is not what we took it for.
    pub(super) fn on_conflict(&mut self) {
        self.unsure = true;
    }

    /// A call failed, and nobody knows what came of it.
    pub(super) fn on_call_failed(&mut self, now: MonotonicInstant) {
        self.unsure = true;
        self.failed = Some(now);
    }

    /// Stops to lead.
    pub(super) fn step_down(&mut self) {
        self.standing.until = None;
    }

    fn known(&self) -> Option<u64> {
        self.seen.as_ref().map(|(seen, _)| seen.version)
    }

    fn is_ours(&self) -> bool {
        let holder = self.seen.as_ref().and_then(|(seen, _)| seen.holder.as_deref());
        holder == Some(&*self.identity)
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
