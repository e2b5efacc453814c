//! OAuth 2.0 messages: builds requests and parses responses.
//!
//! Uses `keys`. Sends and stores nothing; callers pass the time.

pub mod assertion;
pub mod authorization;
pub mod client_authentication;
pub mod error_code;
pub mod expiry;
pub mod id_token;
pub mod metadata;
pub mod par_response;
pub mod parameters;
pub mod pkce;
pub mod request;
pub mod retry_after;
pub mod retryability;
pub mod signer;
pub mod token_error;
pub mod token_response;
