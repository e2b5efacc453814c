//! The loop: observe, plan, apply, report, for each Connection on its own.
//! Knows every floor below; what is decided is decided in `connection`.

mod authorization;
pub mod collector;
pub mod context;
mod discovered;
mod effect;
pub mod enrolment;
mod events;
mod leading;
mod memory;
mod observe;
mod reconcile;
mod references;
mod secrets;
mod signers;
mod silence;
mod status;
mod turns;
mod watch;
mod workers;

pub use watch::{Scope, run};
