//! What an attacker would try, walk by walk, against an operator that runs as the chart's hardened
//! values say. Each file is one attack from its first step to where it is denied; the table in
//! docs/security.md names them all. May know every other part of the tests.

mod audience_injection;
mod exfiltration;
mod foreign_namespaces;
mod forgery_of_requests;
mod installation;
mod leak_hunt;
mod mixed_up_provider;
mod overwritten_output;
mod signing_oracle;
mod stolen_account;
