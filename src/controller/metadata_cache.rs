//! Metadata of providers, kept for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use connection_core::connection::digest::Digest;
use connection_core::oauth::metadata::Metadata;

/// How long metadata is believed.
const BELIEVED: SignedDuration = SignedDuration::from_hours(1);

/// Metadata that was read, by issuer and transport.
#[derive(Default)]
pub(super) struct MetadataCache(Mutex<HashMap<(String, Digest), (Timestamp, Metadata)>>);

impl MetadataCache {
    /// What is known of a provider at `now`.
    pub(super) fn get(&self, key: &(String, Digest), now: Timestamp) -> Option<Metadata> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (read_at, _)| now.duration_since(*read_at) < BELIEVED);
        known.get(key).map(|(_, metadata)| metadata.clone())
    }

    /// Takes note of what a provider said at `now`.
    pub(super) fn put(&self, key: (String, Digest), now: Timestamp, metadata: Metadata) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, metadata));
    }
}
