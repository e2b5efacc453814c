//! Secrets in the cluster: what is watched of them, what is read of them, and the token Secret.
//! Knows the Kubernetes API and the domain; decides nothing that `connection` decides.

pub mod allowed_hosts;
pub mod api_call;
pub mod grant_secret;
pub mod handoff_secret;
pub mod inputs;
pub mod secret_cache;
pub mod secret_summary;
pub mod token_secret;
