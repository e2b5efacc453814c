//! Authorization servers that nobody here wrote, run as child processes for one test.
//!
//! [`authlib::Authlib`] and [`oidc_provider::OidcProvider`] verify assertions with code of their
//! own; both take the same [`config::Config`] and keep a ledger of what they were sent.
//! This folder knows how to start them, and nothing of the operator.

pub mod authlib;
pub mod config;
pub mod ledger;
pub mod loopback;
pub mod oidc_provider;
mod process;
#[cfg(test)]
mod tests;
