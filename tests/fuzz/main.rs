//! Mutation fuzzing of everything that reads bytes from strangers, on stable Rust.
//!
//! `FUZZ_SECONDS` is the time of each target (default 5), `FUZZ_SEED` repeats a run. A target is one
//! module: a generator that writes inputs which are nearly right, and a check that must not panic.
#![expect(unreachable_pub, reason = "nothing outside of a test program can use it")]
#![expect(clippy::unwrap_used, reason = "generators fail by panicking")]

mod answer;
mod asn1;
mod callback;
mod certificate;
mod connection;
mod jks;
mod pem;
mod pkcs12;
mod random;
mod runner;
