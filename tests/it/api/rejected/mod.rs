//! Common mistakes in specs, and parts of the messages of the API server.

mod assertion;
mod client;
mod endpoints;
mod flow;
mod request;
mod secret;

/// Description, valid spec, changes to it, and a part of the message.
pub type Rejected = (&'static str, &'static str, &'static str, &'static str);

pub const ALL: [&[Rejected]; 6] =
    [assertion::TABLE, client::TABLE, endpoints::TABLE, flow::TABLE, request::TABLE, secret::TABLE];
