//! The parts of a Connection's spec, one file per field of it.
//! Plain data with its schema: what the fields mean together is decided in `api::convert`.

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
