//! What the operator and the kubectl plugin share: the `Connection` resource, provider presets, HTTP
//! to providers, Secrets, and the observed state of a Connection.
//!
//! Layers, lowest first: `api`, `net` and `provider`, then `store`, then `observation`. A module uses
//! only lower layers.

pub mod api;
pub mod net;
pub mod observation;
pub mod provider;
pub mod store;
