//! OAuth 2.0 as bytes out and bytes in: requests are built here and answers read here.
//! It knows keys, the formats and the RFCs. It sends nothing, stores nothing, and is told the time.

pub mod assertion;
pub mod authorization;
pub mod client_authentication;
pub mod error_code;
pub mod expiry;
pub mod http_date;
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
