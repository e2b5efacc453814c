//! A wave of refreshes, from the token endpoint's ledger and the API server's audit log:
//! the same measure for the operator and for the plain client.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rig::control_plane::ControlPlane;
use rig::control_plane::audit::{AuditEvent, Mark};
use rig::simulator::Simulator;
use rig::wait;

use crate::Result;
use crate::histogram::number;

/// How long a wave may take.
const LIMIT: Duration = Duration::from_mins(2);

/// If the ledger and the log end before a wave.
pub struct Start<'a> {
    plane: &'a ControlPlane,
    simulator: &'a Simulator,
    user: String,
    audit: Mark,
    ledger: usize,
}

/// A wave that is over.
pub struct Wave {
    /// Refreshes that were due.
    pub due: usize,
    /// When each token request came.
    pub requests: Vec<Timestamp>,
    /// The most token requests that one Connection made.
    pub most: usize,
    /// API requests by verb and resource, watches left out.
    pub calls: BTreeMap<String, usize>,
    /// From the first token request to the last answer of a status write.
    pub duration: Duration,
}

/// Begins to look, before a wave begins.
pub fn start<'a>(
    plane: &'a ControlPlane,
    simulator: &'a Simulator,
    account: &str,
) -> Result<Start<'a>> {
    let user = format!("system:serviceaccount:default:{account}");
    Ok(Start { plane, simulator, user, audit: plane.audit_mark()?, ledger: simulator.count() })
}

impl Start<'_> {
    /// Waits until so many statuses are written, and reads what happened.
    pub async fn end(self, due: usize) -> Result<Wave> {
        let written = wait::try_until(LIMIT, "the end of the wave", async || {
            let calls = self.calls().map_err(|error| error.to_string())?;
            let written = calls.iter().filter(|event| is_status(event)).count();
            if written >= due { Ok(calls) } else { Err(format!("{written} of {due}")) }
        });
        let calls = written.await?;
        let (requests, most) = self.simulator.with_requests(|ledger| {
            let mut of_each = BTreeMap::<_, usize>::new();
            for request in &ledger[self.ledger..] {
                *of_each.entry(request.issuer()).or_default() += 1;
            }
            let times: Vec<_> =
                ledger[self.ledger..].iter().map(|ledger| ledger.received).collect();
            (times, of_each.into_values().max().unwrap_or_default())
        });
        let first = requests.iter().min().ok_or("no token was requested")?;
        let last = calls.iter().filter(|event| is_status(event)).map(|event| event.staged).max();
        let duration =
            Duration::try_from(last.ok_or("nothing was written")?.duration_since(*first))?;
        let mut kinds = BTreeMap::new();
        for event in &calls {
            *kinds.entry(kind(event)).or_default() += 1;
        }
        Ok(Wave { due, requests, most, calls: kinds, duration })
    }

    fn calls(&self) -> Result<Vec<AuditEvent>> {
        let ours = |event: &AuditEvent| {
            event.user == self.user && event.is_complete() && event.verb != "watch"
        };
        Ok(self.plane.audit(self.audit)?.into_iter().filter(ours).collect())
    }
}

impl Wave {
    /// Refreshes per second.
    pub fn rate(&self) -> f64 {
        number(self.due) / self.duration.as_secs_f64()
    }

    /// API requests per refresh.
    pub fn calls_per_refresh(&self) -> String {
        let each = |(kind, count): (&String, &usize)| {
            format!("{:.3} {kind}", number(*count) / number(self.due))
        };
        self.calls.iter().map(each).collect::<Vec<_>>().join(", ")
    }
}

fn is_status(event: &AuditEvent) -> bool {
    event.subresource == "status" && event.code == 200
}

fn kind(event: &AuditEvent) -> String {
    let slash = if event.subresource.is_empty() { "" } else { "/" };
    format!("{} {}{slash}{}", event.verb, event.resource, event.subresource)
}
