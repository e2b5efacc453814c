//! All integration tests, one binary: modules mirror `src`.

mod controller;
mod keys;
mod stage;
