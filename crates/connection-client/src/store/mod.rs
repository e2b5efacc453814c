//! Secrets in the cluster: what is watched of them, what is read of them, and the token Secret.
//! Knows the Kubernetes API and the domain; decides nothing that `connection` decides.

pub mod call;
pub mod grant_secret;
pub mod hand_over;
pub mod inputs;
pub mod pin;
pub mod secret_facts;
pub mod secret_index;
pub mod token_secret;
