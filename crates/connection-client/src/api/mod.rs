//! The `Connection` resource: its types, schema and names. `convert` turns a spec into the desired
//! state of `connection-core`. Sends no requests.

#![expect(unreachable_pub, reason = "KubeSchema repeats each public type inside a function")]

pub mod claims;
pub mod connection;
pub mod convert;
pub mod crd;
pub mod names;
pub mod spec;
pub mod status;
