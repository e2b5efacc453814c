//! `kubectl connection`: inspects and manages Connections with the permissions of the caller.
//! One folder or file per verb. Reads the cluster on each run, leaves all decisions to
//! `connection_core` and the operator, and shows no secret.

pub mod arguments;
mod assertion;
mod authorize;
mod can_i;
mod check;
mod cluster;
mod completion;
mod conditions;
mod deadline;
mod error;
mod exit;
mod get;
mod humanize;
mod json;
mod keystores;
mod lint;
mod renew;
pub mod run;
mod status;
mod table;
mod terminal;
