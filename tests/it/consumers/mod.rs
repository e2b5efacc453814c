//! The samples of docs/consumers do what they say.

mod curl;
mod snippets;
