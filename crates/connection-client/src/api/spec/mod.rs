//! The types of `spec` and their schema, one file per field. `api::convert` interprets them.

pub mod assertion;
pub mod authorization;
pub mod client;
pub mod endpoints;
pub mod parameter;
pub mod provider;
pub mod reference;
pub mod refresh;
pub mod rule;
pub mod scope;
pub mod secret;
pub mod tls;
