//! The `Connection` resource as Kubernetes stores it: its types, its schema, its names.
//! Knows the domain below only to turn a spec into it (`convert`); makes no request.

#![expect(unreachable_pub, reason = "KubeSchema repeats each public type inside a function")]

pub mod claims;
pub mod connection;
pub mod convert;
pub mod crd;
pub mod names;
pub mod spec;
pub mod status;
