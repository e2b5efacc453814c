//! What the operator lets be seen: metrics, alerts on them, a dashboard, logs, traces.

mod alerts;
mod dashboard;
mod logs;
mod metrics;
pub mod promtool;
mod traces;
