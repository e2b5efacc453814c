//! How often something may be done. A fixed number of buckets, so that a flood takes no memory; who
//! shares a bucket by chance shares its rate.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Buckets of a rate.
const BUCKETS: usize = 1024;

/// A rate for each of many.
pub(super) struct RateLimiter {
    per_second: f64,
    burst: f64,
    /// Secret, so that nobody chooses whose bucket to share.
    hasher: RandomState,
    buckets: Mutex<Box<[Bucket]>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Duration,
}

impl RateLimiter {
    /// So many each second, and so many at once.
    #[must_use]
    pub(super) fn new(per_second: f64, burst: f64) -> Self {
        let full = Bucket { left: burst, at: Duration::ZERO };
        Self {
            per_second,
            burst,
            hasher: RandomState::new(),
            buckets: Mutex::new(vec![full; BUCKETS].into()),
        }
    }

    /// Whether it may be done once more, at a time since the process began.
    pub(super) fn allows(&self, who: impl Hash, now: Duration) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(place) = usize::try_from(self.hasher.hash_one(who) % BUCKETS as u64) else {
            return true;
        };
        let Some(bucket) = buckets.get_mut(place) else { return true };
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * self.per_second).min(self.burst);
        bucket.at = bucket.at.max(now);
        let allowed = bucket.left >= 1.0;
        if allowed {
            bucket.left -= 1.0;
        }
        allowed
    }
}

/// Who an address counts as: of IPv6, everybody has a network of their own (RFC 6177).
#[must_use]
pub(super) fn counted(address: IpAddr) -> IpAddr {
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
        assert_eq!(count(Duration::from_secs(1)), 0, "an earlier time gives nothing");
        assert_eq!(count(Duration::from_hours(1)), 5, "what is not used does not add up");
    }

    #[test]
    fn one_who_floods_does_not_use_up_the_rate_of_others() {
        let limit = RateLimiter::new(1.0, 3.0);
        let now = Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| limit.allows("flood", now)).count(), 3);
        let others = (0..20).filter(|other| limit.allows(other, now)).count();
        assert!(others >= 18, "{others}");
    }

    #[test]
    fn of_ipv6_a_network_counts_as_one() {
        let of = |text: &str| counted(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
