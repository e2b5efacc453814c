//! A real browser for pages that people see: headless Chromium, driven over `WebDriver`.
//!
//! Each [`Browser`] is a profile of its own, so a second one is another person's. They share one
//! chromedriver, and reach loopback addresses alone (`*.localhost` is one). Nothing is left of them.
//! A browser asks for `/favicon.ico` by itself: count requests by their path.
//! This folder knows pages, and nothing of the operator or of providers.

mod chromium;
mod driver;
pub mod error;
pub mod look;
pub mod page;
#[cfg(test)]
mod tests;
mod webdriver;

pub use page::Browser;
