//! The operator: watches Connections, obtains their tokens, and serves health, metrics and the
//! consent page.
//!
//! Layers, lowest first: `config`, `leadership`, `metrics`, `readiness` and `telemetry`, then
//! `controller`, `lease` and `web`, then `operator`. A module uses only lower layers.

pub mod config;
pub mod controller;
pub mod leadership;
pub mod lease;
pub mod metrics;
pub mod operator;
pub mod readiness;
pub mod telemetry;
pub mod web;
