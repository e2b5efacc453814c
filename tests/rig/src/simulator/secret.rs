//! Tokens and codes that a scan for leaks can find.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

static ISSUED: AtomicU64 = AtomicU64::new(0);

/// A new access token.
pub(super) fn token() -> String {
    unique("access")
}

/// A new secret of a kind: a canary, 64 random bits and a number, so no two are the same.
pub(super) fn unique(kind: &str) -> String {
    let number = ISSUED.fetch_add(1, Ordering::Relaxed);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(number);
    format!("canary-{kind}-{:016x}{number:08x}", hasher.finish())
}
