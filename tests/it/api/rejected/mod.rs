//! Mistakes of users, and the messages that they get.

mod assertion;
mod client;
mod endpoints;
mod flow;
mod request;
mod secret;

/// What is wrong, a good spec, the changes to it, and a part of the answer.
pub type Rejected = (&'static str, &'static str, &'static str, &'static str);

/// The tables.
pub const ALL: [&[Rejected]; 6] =
    [assertion::TABLE, client::TABLE, endpoints::TABLE, flow::TABLE, request::TABLE, secret::TABLE];
