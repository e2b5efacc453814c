//! A cache of the metadata of issuers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use connection_core::connection::digest::Digest;
use connection_core::oauth::metadata::Metadata;

// Bounds how long an outdated endpoint is used, and how often an issuer is asked.
const CACHE_TTL: SignedDuration = SignedDuration::from_hours(1);

/// Metadata by issuer and transport, with the time when it was read.
#[derive(Default)]
pub(super) struct MetadataCache(Mutex<HashMap<(String, Digest), (Timestamp, Metadata)>>);

impl MetadataCache {
    /// Returns the metadata, unless it is expired at `now`.
    pub(super) fn get(&self, key: &(String, Digest), now: Timestamp) -> Option<Metadata> {
        // A poisoned lock is used, because a panic of one reconciliation must not stop all others.
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // All entries, so that issuers that no Connection uses any more are dropped too.
        entries.retain(|_, (read_at, _)| now.duration_since(*read_at) < CACHE_TTL);
        entries.get(key).map(|(_, metadata)| metadata.clone())
    }

    pub(super) fn put(&self, key: (String, Digest), now: Timestamp, metadata: Metadata) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, metadata));
    }
}
