//! Truststores that connections share: a hundred connections with the same authorities hold them
//! once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::net::trust::{SharedTrust, Trust};
use connection_core::connection::digest::Digest;

/// Finds the truststores that are in use.
#[derive(Default)]
pub(super) struct TrustInterner(Mutex<HashMap<Digest, Weak<SharedTrust>>>);

impl TrustInterner {
    /// Returns the truststore, shared with all that are equal to it.
    pub(super) fn intern(&self, trust: Trust) -> Trust {
        if matches!(trust, Trust::Public | Trust::Shared(_)) {
            return trust;
        }
        let digest = trust.digest();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.get(&digest).and_then(Weak::upgrade) {
            return Trust::Shared(shared);
        }
        known.retain(|_, one| one.strong_count() > 0);
        let shared = Arc::new(SharedTrust::new(trust, digest));
        known.insert(digest, Arc::downgrade(&shared));
        Trust::Shared(shared)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;
    use connection_core::keys::certificate::Certificate;

    fn certificate() -> Certificate {
        let made = generate_simple_self_signed(["idp.example.com".to_owned()]).unwrap();
        Certificate::from_der(made.cert.der()).unwrap()
    }

    fn shared(trust: &Trust) -> &Arc<SharedTrust> {
        let Trust::Shared(shared) = trust else { panic!("not shared: {trust:?}") };
        shared
    }

    #[test]
    fn equal_truststores_are_held_once_and_others_apart() {
        let interner = TrustInterner::default();
        let (a, b) = (certificate(), certificate());
        let intern = |trust: &Trust| interner.intern(trust.clone());
        let only = Trust::Only(vec![a.clone()]);
        let first = intern(&only);
        assert!(Arc::ptr_eq(shared(&first), shared(&intern(&only))));
        assert!(Arc::ptr_eq(shared(&first), shared(&intern(&first))));
        for other in [Trust::And(vec![a.clone()]), Trust::Only(vec![a.clone(), b])] {
            assert!(!Arc::ptr_eq(shared(&first), shared(&intern(&other))));
        }
        assert_eq!(first.digest(), only.digest());
        assert_eq!(first.certificates(), [a]);
        assert!(matches!(intern(&Trust::Public), Trust::Public));
    }

    #[test]
    fn a_truststore_that_nobody_uses_is_forgotten() {
        let interner = TrustInterner::default();
        drop(interner.intern(Trust::Only(vec![certificate()])));
        let _used = interner.intern(Trust::Only(vec![certificate()]));
        assert_eq!(interner.0.lock().unwrap().len(), 1);
    }
}
