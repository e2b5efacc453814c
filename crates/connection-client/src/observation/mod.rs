//! The facts of a Connection, gathered from values: the resource, what is known of Secrets, and what
//! is remembered. Makes no request and keeps nothing, so that whoever has the values, from caches or
//! from the API, comes to the same plan and the same report.

pub mod asked;
pub mod authorizable;
pub mod consent;
pub mod held;
pub mod inputs;
pub mod observe;
pub mod remembered;
pub mod subject;
pub mod wanted;
