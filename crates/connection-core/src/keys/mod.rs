//! Parses keystores (PEM, JKS, PKCS#12), private keys and certificates.
//!
//! Uses no other module. All input is untrusted: sizes, counts and key derivation iterations are
//! bounded.

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
