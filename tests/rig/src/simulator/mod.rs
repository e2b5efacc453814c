//! A provider that misbehaves on command, for faults, load and the demo: one token endpoint on
//! 127.0.0.1 with a ledger of every request, and the authorization code flow if that is asked
//! for ([`grants`]). It runs on a thread of its own, so that it outlives
//! any test's runtime, and it knows nothing of the operator.

mod answer;
pub mod behavior;
mod body;
pub(crate) mod clock;
pub mod gate;
pub mod grants;
pub mod ledger;
pub mod matcher;
mod secret;
mod serve;
pub mod server;
#[cfg(test)]
mod tests;
mod tls;
pub mod token;
pub mod verify;

pub use server::Simulator;
