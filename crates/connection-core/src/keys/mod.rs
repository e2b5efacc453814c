//! Keystores, private keys and certificates: bytes in, keys out.
//!
//! Knows PEM, JKS and PKCS#12 and what they encrypt with. Knows no Kubernetes, no HTTP and no clock.
//! Every reader takes bytes from strangers: sizes, counts and key-derivation rounds are bounded.

pub mod algorithm;
pub mod certificate;
mod chain;
mod contents;
mod der;
mod encrypted_key;
pub mod error;
mod jks;
mod jks_cipher;
pub mod kdf_budget;
pub mod keystore;
mod pbe;
mod pem;
mod pkcs12;
mod pkcs12_bags;
mod pkcs12_kdf;
pub mod private_key;
