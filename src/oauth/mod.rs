//! The OAuth 2.0 messages: requests out, answers in, all as bytes.
//! Knows keys, RFCs and no network; what it sends and reads is decided by its arguments alone.

pub mod assertion;
pub mod client_authentication;
pub mod request;
pub mod signer;
