//! The operator against two third-party authorization servers: Authlib and
//! oidc-provider. They verify what it sends; `openssl` says what the certificates' thumbprints are.
//! Every test plays against both.

mod accepted;
mod claims;
mod client;
mod flows;
mod headers;
mod refusals;
mod scopes;
mod server;
mod trial;
