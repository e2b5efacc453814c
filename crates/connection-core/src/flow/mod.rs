//! The grants: what each flow puts into a token request. One file per grant.
//! Knows the messages of `oauth` and nothing of connections.

pub mod authorization_code;
pub mod client_credentials;
pub mod jwt_bearer;
pub mod refresh_token;
