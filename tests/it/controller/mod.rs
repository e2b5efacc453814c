//! The loop on a real API server.

mod bad_input;
mod changes;
mod expiry;
mod lifecycle;
mod metronome;
mod renewal;
mod token_secret;
