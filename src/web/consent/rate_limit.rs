//! Rate limits with a fixed number of token buckets, so that a flood uses no memory. Keys that share a
//! bucket share its rate.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Buckets per limiter.
const BUCKETS: usize = 1024;

/// Limits the rate per key.
pub(super) struct RateLimiter {
    per_second: f64,
    burst: f64,
    /// Randomly seeded, so that a client cannot choose a key that shares another's bucket.
    hasher: RandomState,
    buckets: Mutex<Box<[Bucket]>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    updated: Duration,
}

impl RateLimiter {
    /// Creates a limiter with a rate per second and a burst.
    pub(super) fn new(per_second: f64, burst: f64) -> Self {
        let full = Bucket { tokens: burst, updated: Duration::ZERO };
        Self {
            per_second,
            burst,
            hasher: RandomState::new(),
            buckets: Mutex::new(vec![full; BUCKETS].into()),
        }
    }

    /// Takes a token of the key's bucket; returns false if there is none. `now` is the time since the
    /// process started.
    pub(super) fn allows(&self, key: impl Hash, now: Duration) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(index) = usize::try_from(self.hasher.hash_one(key) % BUCKETS as u64) else {
            return true;
        };
        // Cannot fail: the index is below the number of buckets.
        let Some(bucket) = buckets.get_mut(index) else { return true };
        let passed = now.saturating_sub(bucket.updated).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * self.per_second).min(self.burst);
        // Threads may take the lock in another order than they read the clock.
        bucket.updated = bucket.updated.max(now);
        let allowed = bucket.tokens >= 1.0;
        if allowed {
            bucket.tokens -= 1.0;
        }
        allowed
    }
}

/// Returns the address for rate limits: the /64 network of an IPv6 address, since one client controls
/// all of its addresses (RFC 6177).
pub(super) fn rate_limit_key(address: IpAddr) -> IpAddr {
    // A dual-stack socket reports IPv4 peers as IPv4-mapped addresses (RFC 4291 section 2.5.5.2).
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let limit = RateLimiter::new(2.0, 5.0);
        let count = |now| (0..100).filter(|_| limit.allows("a", now)).count();
        assert_eq!(count(Duration::from_secs(1)), 5);
        assert_eq!(count(Duration::from_secs(2)), 2);
        assert_eq!(count(Duration::from_secs(2)), 0);
        assert_eq!(count(Duration::from_secs(1)), 0, "an earlier time adds no tokens");
        assert_eq!(count(Duration::from_hours(1)), 5, "tokens do not exceed the burst");
    }

    #[test]
    fn a_flood_of_one_key_does_not_limit_other_keys() {
        let limit = RateLimiter::new(1.0, 3.0);
        let now = Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| limit.allows("flood", now)).count(), 3);
        let others = (0..20).filter(|other| limit.allows(other, now)).count();
        assert!(others >= 18, "{others}");
    }

    #[test]
    fn an_ipv6_network_has_one_key() {
        let key = |text: &str| rate_limit_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
