//! Shares equal truststores, so that a hundred Connections with the same CAs hold them once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::net::trust::{SharedTrust, Trust};
use connection_core::connection::digest::Digest;

/// Holds the truststores in use, by digest.
#[derive(Default)]
pub(super) struct TruststoreCache(Mutex<HashMap<Digest, Weak<SharedTrust>>>);

impl TruststoreCache {
    /// Returns the truststore, shared with all equal ones in use.
    pub(super) fn intern(&self, trust: Trust) -> Trust {
        if matches!(trust, Trust::Public | Trust::Shared(_)) {
            return trust;
        }
        let digest = trust.digest();
        let mut truststores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = truststores.get(&digest).and_then(Weak::upgrade) {
            return Trust::Shared(shared);
        }
        // Only when one is added: otherwise the map cannot grow.
        truststores.retain(|_, truststore| truststore.strong_count() > 0);
        let shared = Arc::new(SharedTrust::new(trust, digest));
        truststores.insert(digest, Arc::downgrade(&shared));
        Trust::Shared(shared)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;
    use connection_core::keys::certificate::Certificate;

    fn certificate() -> Certificate {
        let certified = generate_simple_self_signed(["idp.example.com".to_owned()]).unwrap();
        Certificate::from_der(certified.cert.der()).unwrap()
    }

    fn shared(trust: &Trust) -> &Arc<SharedTrust> {
        let Trust::Shared(shared) = trust else { panic!("not shared: {trust:?}") };
        shared
    }

    #[test]
    fn only_equal_truststores_are_shared() {
        let cache = TruststoreCache::default();
        let (a, b) = (certificate(), certificate());
        let intern = |trust: &Trust| cache.intern(trust.clone());
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
    fn unused_truststores_are_dropped() {
        let cache = TruststoreCache::default();
        drop(cache.intern(Trust::Only(vec![certificate()])));
        let _in_use = cache.intern(Trust::Only(vec![certificate()]));
        assert_eq!(cache.0.lock().unwrap().len(), 1);
    }
}
