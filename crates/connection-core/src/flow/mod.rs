//! The request parameters of each grant type. Uses only `oauth`.

pub mod authorization_code;
pub mod client_credentials;
pub mod jwt_bearer;
pub mod refresh_token;
