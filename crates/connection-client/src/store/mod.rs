//! Secrets in the cluster: the cache of the watch, the inputs of requests, and the token, grant and
//! handoff Secrets. Uses the Kubernetes API and the domain; makes no decisions of `connection`.

pub mod allowed_hosts;
pub mod api_call;
pub mod grant_secret;
pub mod handoff_secret;
pub mod inputs;
pub mod secret_cache;
pub mod secret_summary;
pub mod token_secret;
