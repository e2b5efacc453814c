//! Tests the operator with two third-party authorization servers, Authlib and oidc-provider, which
//! verify its requests. `openssl` computes the expected thumbprints.

mod accepted;
mod claims;
mod client;
mod flows;
mod headers;
mod refusals;
mod scopes;
mod server;
mod trial;
