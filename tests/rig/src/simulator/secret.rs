//! Access tokens that a scan for leaks can find.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// What every issued access token has in it.
pub const CANARY: &str = "canary-access-";

static ISSUED: AtomicU64 = AtomicU64::new(0);

/// A new token: the canary, 64 random bits and a number, so no two are the same.
pub(super) fn token() -> String {
    let number = ISSUED.fetch_add(1, Ordering::Relaxed);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(number);
    format!("{CANARY}{:016x}{number:08x}", hasher.finish())
}
