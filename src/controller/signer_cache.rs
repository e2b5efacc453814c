//! A cache of signers: Connections that sign with the same key share a signer, because a parsed key
//! with its certificates takes more memory than the rest of a Connection's state.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use connection_core::connection::digest::Digest;
use connection_core::connection::material::{AssertionMaterial, Material};
use connection_core::oauth::signer::Signer;

/// Signers in use, by the digest of their key and certificates.
#[derive(Default)]
pub(super) struct SignerCache(Mutex<HashMap<Digest, Weak<Signer>>>);

impl SignerCache {
    /// Replaces the signers of `material` by equal ones that are in use.
    pub(super) fn share(&self, material: &mut Material) {
        for assertion in [&mut material.grant, &mut material.client].into_iter().flatten() {
            if let AssertionMaterial::Signed(signer) = assertion {
                *signer = self.shared(signer);
            }
        }
    }

    fn shared(&self, signer: &Arc<Signer>) -> Arc<Signer> {
        let key = Material::signer_digest(signer);
        let mut signers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Weak, so that the cache keeps no private key in memory that no Connection uses.
        if let Some(signer) = signers.get(&key).and_then(Weak::upgrade) {
            return signer;
        }
        // Amortizes the cost of the cleanup: it runs when the number of entries has doubled.
        if signers.len().is_power_of_two() {
            signers.retain(|_, signer| signer.strong_count() > 0);
        }
        signers.insert(key, Arc::downgrade(signer));
        Arc::clone(signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

    use connection_core::keys::keystore::KeyPair;
    use connection_core::keys::private_key::PrivateKey;

    fn pkcs8() -> Vec<u8> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        key.to_pkcs8v1().unwrap().as_ref().to_vec()
    }

    fn material(pkcs8: &[u8], alias: &str) -> Material {
        let private_key = PrivateKey::from_pkcs8(pkcs8).unwrap();
        let pair = KeyPair { alias: Some(alias.to_owned()), chain: Vec::new(), private_key };
        let signer = Arc::new(Signer::new(pair, &[], None).unwrap());
        Material { grant: Some(AssertionMaterial::Signed(signer)), ..Material::default() }
    }

    fn shared(signers: &SignerCache, mut material: Material) -> Arc<Signer> {
        signers.share(&mut material);
        match material.grant {
            Some(AssertionMaterial::Signed(signer)) => signer,
            _ => panic!("a signer stays a signer"),
        }
    }

    #[test]
    fn equal_signers_are_shared_and_different_ones_are_not() {
        let (signers, key) = (SignerCache::default(), pkcs8());
        let first = shared(&signers, material(&key, "a"));
        assert!(Arc::ptr_eq(&first, &shared(&signers, material(&key, "a"))));
        assert!(!Arc::ptr_eq(&first, &shared(&signers, material(&key, "b"))));
        assert!(!Arc::ptr_eq(&first, &shared(&signers, material(&pkcs8(), "a"))));
    }

    #[test]
    fn unused_signers_are_dropped() {
        let signers = SignerCache::default();
        for _ in 0..20 {
            shared(&signers, material(&pkcs8(), "a"));
        }
        assert!(signers.0.lock().unwrap().len() <= 2);
    }
}
