//! Two operators, one Lease: one works, the other takes over.

mod in_flight;
mod leader_change;
mod outage;
mod pair;
mod rotation;
mod timings;
