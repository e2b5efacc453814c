//! Leader election on a Lease: one of several replicas is the leader, and another takes over from it.
//! `election` decides from the observed Lease and the local monotonic clock; `leader_elector` calls
//! the Kubernetes API. The module does not depend on what a leader does.

mod election;
mod leader_elector;
mod object;
mod timings;

pub use leader_elector::LeaderElector;
