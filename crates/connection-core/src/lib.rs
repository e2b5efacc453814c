//! The domain of connection-operator: keystores, OAuth 2.0 messages, and what to do with a
//! connection next. Functions over values: no Kubernetes, no HTTP, no runtime.
//!
//! Layers, lowest first: `clock` and `random`, `keys`, `oauth`, `flow`, `connection`. A module uses
//! only lower layers.

pub mod clock;
pub mod connection;
pub mod flow;
pub mod keys;
pub mod oauth;
pub mod random;
