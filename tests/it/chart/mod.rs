//! The Helm chart: what it refuses, renders and grants, judged by helm and by a real API server.

pub mod accounts;
mod applied;
mod artifact_hub;
mod bill_of_materials;
pub mod cluster;
pub mod helm;
mod kustomize;
mod matrix;
mod refused;
mod release;
mod release_files;
mod rights;
mod routes;
mod values;
