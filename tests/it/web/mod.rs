//! The consent page: with a plain client that does what a browser does with cookies, and with a real
//! browser.

mod attacks;
pub mod browser;
pub mod client;
mod flood;
mod flow;
mod headers;
pub mod pictures;
mod readiness;
mod replicas;
pub mod site;
