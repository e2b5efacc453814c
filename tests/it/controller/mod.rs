//! The loop on a real API server.

mod lifecycle;
