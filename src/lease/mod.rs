//! Leader election on a Lease, so that one process of several acts and another takes over.
//! `election` decides, from what was seen of the Lease and when on the own monotonic clock;
//! `elector` does it. Knows nothing of what a leader does.

mod election;
mod leader_elector;
mod object;
mod timings;

pub use leader_elector::LeaderElector;
