//! Computes the facts of a Connection from the resource, the metadata of its Secrets and the prior
//! state. Sends no requests and stores nothing: operator and plugin get the same plan and the same
//! report from the same values, if they read them from caches or from the API.

pub mod authorization_target;
pub mod desired;
pub mod grant_facts;
pub mod inputs;
pub mod observe;
pub mod observed_connection;
pub mod prior_state;
pub mod renewal_request;
pub mod token_secret_state;
