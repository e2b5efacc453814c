//! Third-party authorization servers, run as child processes for one test.
//!
//! [`authlib::Authlib`] and [`oidc_provider::OidcProvider`] verify assertions with code of their
//! own; both take the same [`config::Config`] and keep a ledger of what they were sent. People log in
//! at oidc-provider with a browser, by [`pages`].
//! This folder knows how to start them, and nothing of the operator.

pub mod authlib;
#[cfg(test)]
mod code_tests;
pub mod config;
pub mod ledger;
pub mod loopback;
pub mod oidc_provider;
pub mod pages;
mod process;
pub mod records;
#[cfg(test)]
mod tests;
