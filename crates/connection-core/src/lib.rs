//! The domain of connection-operator: keystores, OAuth 2.0 messages, and the plan of a Connection.
//! Pure functions: no Kubernetes, no HTTP, no async runtime.
//!
//! Layers, lowest first: `clock` and `random`, `keys`, `oauth`, `flow`, `connection`. A module uses
//! only lower layers.

pub mod clock;
pub mod connection;
pub mod flow;
pub mod keys;
pub mod oauth;
pub mod random;
