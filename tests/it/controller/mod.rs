//! The loop on a real API server.

mod bad_input;
mod changes;
mod conditions;
mod enrollment;
mod expiry;
mod fairness;
mod faults;
pub mod lifecycle;
mod metronome;
mod renewal;
mod restart;
mod storage;
mod token_secret;
mod two_assertions;
