//! The Authorization Code flow: from a person's consent to a grant that is kept alive. Here the
//! provider consents at once and the person is played; the page and the plugin have tests of their
//! own with real ones.

mod again;
mod bound;
mod crashes;
mod deletion;
mod denied;
mod forged;
mod import;
mod moments;
mod outcomes;
mod requests;
mod rotation;
pub mod user;
