//! Every command that the documentation shows is run: those about an installation on a cluster that is
//! installed as its pages say, all others in a namespace that has what they speak of.
//! Commands that cannot run here are in one list, with the reason.

mod commands;
mod elsewhere;
mod installed;
mod namespace;
mod node;
mod person;
mod shell;
