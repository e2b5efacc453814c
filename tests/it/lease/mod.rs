//! Two operators, one Lease: one works, the other takes over.

mod hand_over;
mod in_flight;
mod outage;
mod pair;
mod rotation;
mod times;
