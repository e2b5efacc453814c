//! The facts of a Connection, gathered from values: the resource, what is known of Secrets, and what
//! is remembered. Makes no request and keeps nothing, so that whoever has the values, from caches or
//! from the API, comes to the same plan and the same report.

pub mod authorization_target;
pub mod desired;
pub mod grant_facts;
pub mod inputs;
pub mod observe;
pub mod observed_connection;
pub mod prior_state;
pub mod renewal_request;
pub mod token_secret_state;
