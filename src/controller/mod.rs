//! The control loop of each Connection: observe, plan, apply, report. May use every layer below; the
//! decisions are made in `connection`.

mod authorization_status;
pub mod collector;
pub mod context;
pub mod enrollment;
mod events;
mod fair_queue;
mod leader_resync;
mod metadata_cache;
mod observe;
mod reconcile;
mod secret_refs;
mod secrets;
mod signer_cache;
mod state_cache;
mod status;
mod steps;
mod watch;
mod watch_backoff;
mod worker_pool;

pub use watch::{Scope, run};
