//! What an attacker would try, walk by walk, against an operator that runs as the chart's hardened
//! values say. Each file is one attack from its first step to where it is denied; the table in
//! docs/security.md names them all. May know every other part of the tests.

mod exfiltration;
mod foreign_namespaces;
mod installation;
mod mixed_up_provider;
mod overwritten_output;
mod signing_oracle;
