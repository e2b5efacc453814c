//! Simulates candidates on a Lease in memory with slow and lost calls, lagging watches, suspended
//! processes and clocks of different rates: there are never two leaders, and soon there is one.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use connection_core::clock;

/// A tick is 100 milliseconds of true time.
const TICKS: u64 = 3000;
const MICROS: u64 = 100_000;

/// A failure of one candidate for a number of ticks.
#[derive(Clone, Debug)]
struct Failure {
    candidate: usize,
    from: u64,
    ticks: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// No request arrives.
    Disconnected,
    /// Requests arrive, and responses do not.
    ResponsesLost,
    /// The process does not run; its clock does.
    Suspended,
    /// The process ends and releases the Lease; a new one replaces it.
    Restarted,
}

#[derive(Default)]
struct Server {
    lease: Option<ObservedLease>,
    version: u64,
}

impl Server {
    /// Compares and swaps; returns the new Lease if the version was current.
    fn write(
        &mut self,
        write: LeaseWrite,
        version: Option<u64>,
        holder: Option<&str>,
    ) -> Option<ObservedLease> {
        let current = self.lease.as_ref().map(|lease| lease.version);
        let expected = if write == LeaseWrite::Create { None } else { version };
        if current != expected {
            return None;
        }
        self.version += 1;
        let duration = Some(LeaseTimings::OPERATOR.lease_duration);
        self.lease =
            Some(ObservedLease { version: self.version, holder: holder.map(Into::into), duration });
        self.lease.clone()
    }
}

/// A call in flight.
struct Call {
    action: ElectionAction,
    version: Option<u64>,
    sent_at: MonotonicInstant,
    request_tick: u64,
    response_tick: u64,
    response: Response,
}

enum Response {
    Pending,
    /// The current Lease; none if it does not exist or the write conflicted.
    Lease(Option<ObservedLease>),
}

struct SimulatedCandidate {
    election: Election,
    identity: String,
    /// The rate of its clock, percent of true time.
    rate: u64,
    /// The duration of a call in each direction, ticks.
    delay: u64,
    /// The lag of its watch, ticks; none if it has no watch.
    lag: Option<u64>,
    call: Option<Call>,
    wake: Option<MonotonicInstant>,
}

struct World {
    start: MonotonicInstant,
    server: Server,
    /// The Lease after each tick, which the watches report.
    history: Vec<Option<ObservedLease>>,
    candidates: Vec<SimulatedCandidate>,
    failures: Vec<Failure>,
}

impl World {
    fn new(shapes: &[(u64, u64, Option<u64>)], failures: Vec<Failure>) -> Self {
        let candidates = shapes.iter().enumerate().map(|(index, &(rate, delay, lag))| {
            let identity = format!("{index}-0");
            let election = Election::new(&identity, LeaseTimings::OPERATOR);
            SimulatedCandidate { election, identity, rate, delay, lag, call: None, wake: None }
        });
        Self {
            start: clock::monotonic_now(),
            server: Server::default(),
            history: Vec::new(),
            candidates: candidates.collect(),
            failures,
        }
    }

    /// Returns the time on a candidate's clock.
    fn time(&self, index: usize, tick: u64) -> MonotonicInstant {
        self.start + Duration::from_micros(MICROS * tick * self.candidates[index].rate / 100)
    }

    fn has_failure(&self, index: usize, tick: u64, kind: Kind) -> bool {
        self.failures.iter().any(|failure| {
            (failure.candidate, failure.kind) == (index, kind)
                && (failure.from..failure.from + failure.ticks).contains(&tick)
        })
    }

    /// Returns the candidates that are leaders by their clocks, including suspended ones.
    fn leaders(&self, tick: u64) -> Vec<usize> {
        let leads = |index: &usize| {
            let until = self.candidates[*index].election.state().until;
            until.is_some_and(|until| self.time(*index, tick) < until)
        };
        (0..self.candidates.len()).filter(leads).collect()
    }

    fn tick(&mut self, tick: u64) {
        // The server handles all requests of a tick before any candidate observes their effects.
        for index in 0..self.candidates.len() {
            self.handle_request(index, tick);
        }
        self.history.push(self.server.lease.clone());
        for index in 0..self.candidates.len() {
            let restarts = |failure: &Failure| {
                (failure.candidate, failure.kind, failure.from) == (index, Kind::Restarted, tick)
            };
            if self.failures.iter().any(restarts) {
                self.restart(index);
            }
            if !self.has_failure(index, tick, Kind::Suspended) {
                self.run(index, tick);
            }
        }
    }

    /// Handles a request on the server, even if its sender has since been suspended.
    fn handle_request(&mut self, index: usize, tick: u64) {
        let disconnected = self.has_failure(index, tick, Kind::Disconnected);
        let candidate = &mut self.candidates[index];
        let Some(call) =
            candidate.call.as_mut().filter(|call| call.request_tick == tick && !disconnected)
        else {
            return;
        };
        let identity = Some(candidate.identity.as_str());
        call.response = Response::Lease(match call.action {
            ElectionAction::Write(write) => self.server.write(write, call.version, identity),
            _ => self.server.lease.clone(),
        });
    }

    fn restart(&mut self, index: usize) {
        let candidate = &mut self.candidates[index];
        candidate.election.step_down();
        if candidate.election.holds() {
            self.server.write(LeaseWrite::Renew, candidate.election.observed_version(), None);
        }
        let number: u64 = candidate.identity[2..].parse().unwrap();
        candidate.identity = format!("{index}-{}", number + 1);
        candidate.election = Election::new(&candidate.identity, LeaseTimings::OPERATOR);
        // The new process does not know the calls of the old one.
        (candidate.call, candidate.wake) = (None, None);
    }

    /// Runs one iteration of the candidate's loop.
    fn run(&mut self, index: usize, tick: u64) {
        let now = self.time(index, tick);
        let responses_lost = self.has_failure(index, tick, Kind::ResponsesLost)
            || self.has_failure(index, tick, Kind::Disconnected);
        let candidate = &mut self.candidates[index];
        candidate.handle_response(tick, now, responses_lost);
        if candidate.call.is_some() {
            return;
        }
        let event = candidate.lag.filter(|_| !responses_lost).and_then(|lag| tick.checked_sub(lag));
        let event = event.and_then(|past| self.history[usize::try_from(past).unwrap()].clone());
        let version = candidate.election.observed_version();
        if let Some(lease) = event.filter(|lease| version < Some(lease.version)) {
            candidate.election.on_watch_event(lease, now);
            candidate.wake = None;
        }
        if candidate.wake.is_none_or(|wake| wake <= now) {
            candidate.tick(tick, now);
        }
    }
}

impl SimulatedCandidate {
    /// Handles the response of the call in flight, or its timeout.
    fn handle_response(&mut self, tick: u64, now: MonotonicInstant, responses_lost: bool) {
        let Some(call) = self.call.take() else { return };
        let timed_out = call.sent_at + LeaseTimings::OPERATOR.call_timeout <= now;
        let arrived = call.response_tick <= tick && !responses_lost;
        match (call.action, call.response) {
            // A response that has arrived is handled even after the timeout.
            (ElectionAction::Write(write), Response::Lease(lease)) if arrived => match lease {
                Some(lease) => self.election.on_written(write, lease, call.sent_at, now),
                None => self.election.on_conflict(),
            },
            (_, Response::Lease(lease)) if arrived => {
                self.election.on_read(lease, now);
            }
            _ if timed_out => self.election.on_call_failed(now),
            (action, response) => self.call = Some(Call { action, response, ..call }),
        }
        self.wake = None;
    }

    fn tick(&mut self, tick: u64, now: MonotonicInstant) {
        match self.election.tick(now) {
            ElectionAction::Wait(time) => self.wake = Some(time),
            action => {
                let version = self.election.observed_version();
                let (request_tick, response_tick) =
                    (tick + 1 + self.delay, tick + 1 + 2 * self.delay);
                self.call = Some(Call {
                    action,
                    version,
                    sent_at: now,
                    request_tick,
                    response_tick,
                    response: Response::Pending,
                });
            }
        }
    }
}

fn failures() -> impl Strategy<Value = Vec<Failure>> {
    let kind = prop_oneof![
        3 => Just(Kind::Disconnected), 2 => Just(Kind::ResponsesLost), 3 => Just(Kind::Suspended), 1 => Just(Kind::Restarted),
    ];
    let failure = (0..3_usize, 0..TICKS - 600, 1..500_u64, kind)
        .prop_map(|(candidate, from, ticks, kind)| Failure { candidate, from, ticks, kind });
    vec(failure, 0..12)
}

fn shapes() -> impl Strategy<Value = Vec<(u64, u64, Option<u64>)>> {
    let lag = prop_oneof![1 => Just(None), 3 => (0..100_u64).prop_map(Some)];
    vec((90..=110_u64, 0..15_u64, lag), 2..=3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_are_never_two_leaders(shapes in shapes(), failures in failures()) {
        let mut world = World::new(&shapes, failures);
        for tick in 0..TICKS {
            world.tick(tick);
            prop_assert!(world.leaders(tick).len() <= 1, "tick {tick}: {:?}", world.leaders(tick));
        }
        // All failures ended longer ago than the lease duration.
        let recovered = world.failures.iter().all(|failure| failure.from + failure.ticks + 400 < TICKS);
        prop_assert!(!recovered || world.leaders(TICKS - 1).len() == 1, "no leader at the end");
    }
}

/// Returns the number of ticks from `from` until a process other than the first leads.
fn vacancy(world: &mut World, from: u64) -> u64 {
    let leads = |tick: &u64| {
        world.tick(*tick);
        world.leaders(*tick).iter().any(|leader| world.candidates[*leader].identity != "0-0")
    };
    (from..TICKS).find(leads).map_or(TICKS, |tick| tick - from)
}

#[test]
fn a_failed_leader_is_replaced_within_22_seconds_and_a_stopped_one_within_2() {
    for (kind, limit) in [(Kind::Disconnected, 220), (Kind::Suspended, 220), (Kind::Restarted, 20)]
    {
        let failure = Failure { candidate: 0, from: 600, ticks: TICKS, kind };
        let mut world = World::new(&[(100, 0, Some(1)), (100, 1, Some(1))], vec![failure]);
        (0..600).for_each(|tick| world.tick(tick));
        assert_eq!(world.leaders(599), [0], "the first leads");
        let vacancy = vacancy(&mut world, 600);
        assert!(vacancy <= limit, "{kind:?}: {vacancy} ticks");
    }
}

#[test]
fn a_leader_makes_at_most_720_requests_per_hour_and_a_watching_standby_at_most_one_per_minute() {
    let mut world = World::new(&[(100, 0, Some(1)), (100, 0, Some(1))], Vec::new());
    let mut requests = [0, 0];
    for tick in 0..TICKS {
        world.tick(tick);
        for (index, candidate) in world.candidates.iter().enumerate() {
            requests[index] += u64::from(
                candidate.call.as_ref().is_some_and(|call| call.request_tick == tick + 1),
            );
        }
    }
    // 5 minutes, and 2 initial requests.
    assert!(requests[0] <= 720 / 12 + 2 && requests[1] <= 5, "{requests:?}");
}
