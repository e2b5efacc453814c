//! The loop on a real API server.

mod changes;
mod lifecycle;
mod metronome;
mod renewal;
mod token_secret;
