//! `kubectl connection`: what people ask and do from their own machine, by their own rights.
//! One folder or file for each verb. Reads the cluster anew for each question; decides nothing that
//! `connection` decides, and shows no secret.

mod access;
pub mod arguments;
mod assertion;
mod authorize;
mod check;
mod cluster;
mod completion;
mod error;
mod exit;
mod get;
mod human;
mod inputs;
mod json;
mod keystores;
mod lint;
mod look;
mod patience;
mod recall;
mod renew;
pub mod run;
mod saying;
mod status;
mod table;
mod terminal;
