//! x

pub mod preset;
