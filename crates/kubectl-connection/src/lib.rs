//! `kubectl connection`: what people ask and do from their own machine, by their own rights.
//! One folder or file for each verb. Reads the cluster anew for each question; decides nothing that
//! `connection` decides, and shows no secret.

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
mod failure_from_status;
mod get;
mod humanize;
mod json;
mod keystores;
mod lint;
mod renew;
pub mod run;
mod snapshot;
mod status;
mod table;
mod terminal;
