//! The domain: what a connection wants, what it holds, what to do next and what to say of it.
//! Values in, values out: no I/O, no clock, no Kubernetes.

pub mod assertion_options;
pub mod authorization;
pub mod client_authentication;
pub mod compose;
pub mod consent_page;
pub mod desired;
pub mod digest;
pub mod endpoint;
pub mod error;
pub mod facts;
pub mod failure_record;
pub mod flow;
pub mod grant;
pub mod grant_state;
pub mod material;
pub mod next_action;
pub mod pending_authorization;
pub mod plan;
pub mod preset;
pub mod reason;
pub mod report;
pub mod schedule;
pub mod secret_data;
pub mod secret_key;
pub mod secret_ref;
pub mod secret_refs;
pub mod ticket;
pub mod token;
pub mod token_record;
