//! Mutation fuzzing of all parsers of untrusted input, on stable Rust.
//!
//! `FUZZ_SECONDS` sets the duration of each target (default: 5), `FUZZ_SEED` repeats a run. Each
//! target is a module with a generator of almost valid inputs and a check that must not panic.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]
#![expect(clippy::unwrap_used, reason = "generators fail by panicking")]

mod asn1;
mod callback;
mod certificate;
mod connection;
mod jks;
mod pem;
mod pkcs12;
mod random;
mod runner;
mod token_response;
