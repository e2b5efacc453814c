//! The domain: what a connection wants, what it holds, what to do next and what to say of it.
//! Values in, values out: no I/O, no clock, no Kubernetes.

pub mod attempt;
pub mod authorization;
pub mod compose;
pub mod consent;
pub mod consent_page;
pub mod desired;
pub mod desired_transport;
pub mod digest;
pub mod endpoint;
pub mod facts;
pub mod fault;
pub mod flow_name;
pub mod grant;
pub mod material;
pub mod next_action;
pub mod output;
pub mod plan;
pub mod preset;
pub mod reason;
pub mod record;
pub mod report;
pub mod schedule;
pub mod secret_key;
pub mod ticket;
pub mod token;
