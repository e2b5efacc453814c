//! What GitOps tools make of a Connection.

mod argo_cd;
mod flux;
mod real;
mod states;
