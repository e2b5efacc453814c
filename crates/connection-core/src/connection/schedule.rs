//! Computes when a token is renewed, and when a failed step is retried.

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};

use crate::connection::desired::RefreshPolicy;

/// The shortest time between the issue of a token and its renewal.
// Bounds the rate of requests if a provider issues tokens of almost no lifetime.
const MIN_RENEWAL_DELAY: SignedDuration = SignedDuration::from_secs(1);

const FIRST_DELAY: SignedDuration = SignedDuration::from_millis(500);

/// The longest delay between two retries without a valid token.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(1);

const FIRST_SLOW_DELAY: SignedDuration = SignedDuration::from_mins(1);

const LONGEST_SLOW_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// Retries that a window has room for.
const RETRIES_PER_WINDOW: i32 = 24;

/// Timeout of a request that can be sent only once, with a refresh token or a code. It does not
/// depend on the retry window, because a lost response may cost the grant.
pub const SINGLE_USE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenLifetime {
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

impl TokenLifetime {
    fn length(self) -> SignedDuration {
        // The times come from an annotation, which other clients can change.
        self.expires_at.duration_since(self.issued_at).max(SignedDuration::ZERO)
    }
}

/// Returns when a token is due for renewal: at two thirds of its lifetime or as the policy sets,
/// minus a jitter of up to 10 %, so that tokens that are issued together are not renewed together.
/// The jitter depends on `seed` and the issue time only, so a restart computes the same time.
pub fn due(lifetime: TokenLifetime, policy: RefreshPolicy, seed: &str) -> Timestamp {
    let length = lifetime.length();
    let mut after = length * 2 / 3;
    if let Some(before) = policy.before {
        // The bound keeps a value near the lifetime from renewing the token all the time.
        after = (length - SignedDuration::from_secs(before.into())).max(length / 10);
    }
    for every in [policy.every, policy.keep_alive].into_iter().flatten() {
        // Both only advance a renewal, because a later one could miss the expiry.
        after = after.min(SignedDuration::from_secs(every.into()));
    }
    // The jitter is only subtracted, so it exceeds no interval of the policy.
    let spread = after.mul_f64(jitter(seed, lifetime.issued_at, 0) / 10.0);
    later(lifetime.issued_at, (after - spread).max(MIN_RENEWAL_DELAY))
}

/// The time that is left for retries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryWindow {
    /// From now, or from the time the token is due, to its expiry; none without a valid token.
    pub length: Option<SignedDuration>,
}

impl RetryWindow {
    /// Returns the window at `now` of a token that is due at `due`.
    pub fn until_expiry(lifetime: TokenLifetime, due: Timestamp, now: Timestamp) -> Self {
        let left = lifetime.expires_at.duration_since(due.max(now));
        Self { length: Some(left).filter(SignedDuration::is_positive) }
    }

    /// Returns the window without a valid token.
    pub fn unbounded() -> Self {
        Self { length: None }
    }

    /// Returns the timeout of one request: a share of the window, 2 to 10 seconds.
    pub fn deadline(self) -> SignedDuration {
        let longest = SignedDuration::from_secs(10);
        let share = self.length.map_or(longest, |length| length / RETRIES_PER_WINDOW);
        // Below 2 seconds, a slow provider would time out each time.
        share.clamp(SignedDuration::from_secs(2), longest)
    }

    /// Returns when to retry after `attempt` consecutive failures: the delay doubles up to a share of
    /// the window, with a jitter of 25 % in both directions.
    pub fn retry(self, attempt: u32, seed: &str, now: Timestamp) -> Timestamp {
        // In a long window a valid token remains, so the provider is asked less often.
        let longest = self.length.map_or(LONGEST_DELAY, |length| {
            (length / RETRIES_PER_WINDOW).clamp(SignedDuration::from_secs(1), LONGEST_DELAY * 10)
        });
        delayed(FIRST_DELAY, longest, attempt, seed, now)
    }

    /// Returns when to retry with slow backoff after `attempt` consecutive failures.
    pub fn retry_slowly(self, attempt: u32, seed: &str, now: Timestamp) -> Timestamp {
        let longest = self.length.map_or(LONGEST_SLOW_DELAY, |length| {
            (length / 4).clamp(FIRST_SLOW_DELAY, LONGEST_SLOW_DELAY)
        });
        delayed(FIRST_SLOW_DELAY, longest, attempt, seed, now)
    }
}

fn delayed(
    first: SignedDuration,
    longest: SignedDuration,
    attempt: u32,
    seed: &str,
    now: Timestamp,
) -> Timestamp {
    // Keeps the shift from overflowing; the longest delay is reached before.
    let doublings = attempt.saturating_sub(1).min(20);
    let delay = first.checked_mul(1 << doublings).unwrap_or(longest).min(longest);
    later(now, delay.mul_f64(0.75 + jitter(seed, now, attempt) / 2.0))
}

/// Returns a value in [0, 1) that depends on the arguments only.
fn jitter(seed: &str, time: Timestamp, attempt: u32) -> f64 {
    let text = format!("{seed}/{}/{attempt}", time.as_nanosecond());
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&hash.as_ref()[..4]);
    // The added 1 keeps the largest result below 1.
    f64::from(u32::from_be_bytes(first)) / (f64::from(u32::MAX) + 1.0)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lifetime(seconds: i64) -> TokenLifetime {
        let issued_at = Timestamp::from_second(1_800_000_000).unwrap();
        TokenLifetime { issued_at, expires_at: issued_at + SignedDuration::from_secs(seconds) }
    }

    fn after(seconds: i64, policy: RefreshPolicy) -> f64 {
        let lifetime = lifetime(seconds);
        due(lifetime, policy, "uid").duration_since(lifetime.issued_at).as_secs_f64()
    }

    #[test]
    fn a_restart_computes_the_same_time() {
        assert_eq!(
            due(lifetime(3600), RefreshPolicy::default(), "a"),
            due(lifetime(3600), RefreshPolicy::default(), "a")
        );
        assert_ne!(
            due(lifetime(3600), RefreshPolicy::default(), "a"),
            due(lifetime(3600), RefreshPolicy::default(), "b")
        );
    }

    #[test]
    fn before_seconds_count_from_the_expiry_up_to_nine_tenths_of_the_lifetime() {
        let before = |before| RefreshPolicy { before: Some(before), ..RefreshPolicy::default() };
        assert!((2700.0..=3000.0).contains(&after(3600, before(600))));
        assert!((324.0..=360.0).contains(&after(3600, before(86400))));
    }

    #[test]
    fn every_seconds_only_advance_a_renewal() {
        let every = |every| RefreshPolicy { every: Some(every), ..RefreshPolicy::default() };
        assert!((54.0..=60.0).contains(&after(3600, every(60))));
        assert!(after(3600, every(86400)) <= 2400.0);
    }

    #[test]
    fn a_300_second_token_has_at_least_13_retries_if_each_times_out() {
        let lifetime = lifetime(300);
        let due = due(lifetime, RefreshPolicy::default(), "uid");
        let (mut now, mut tries) = (due, 0);
        while now < lifetime.expires_at {
            tries += 1;
            let timed_out = now + RetryWindow::until_expiry(lifetime, due, now).deadline();
            now =
                RetryWindow::until_expiry(lifetime, due, timed_out).retry(tries, "uid", timed_out);
        }
        assert!(tries >= 13, "{tries} tries");
    }

    proptest! {
        #[test]
        fn a_renewal_is_due_between_three_fifths_and_two_thirds(seconds in 2_u32..10_000_000, seed in "[a-z]{1,8}") {
            let lifetime = lifetime(seconds.into());
            let after = due(lifetime, RefreshPolicy::default(), &seed).duration_since(lifetime.issued_at).as_secs_f64();
            let share = after / f64::from(seconds);
            prop_assert!((0.5999..=0.6667).contains(&share), "{share}");
        }

        #[test]
        fn a_retry_is_delayed_between_300_ms_and_80_minutes(attempt in 1_u32..1000, seed in "[a-z]{1,8}", window in proptest::option::of(0_i64..1_000_000)) {
            let now = lifetime(0).issued_at;
            let window = RetryWindow { length: window.map(SignedDuration::from_secs) };
            for next in [window.retry(attempt, &seed, now), window.retry_slowly(attempt, &seed, now)] {
                let delay = next.duration_since(now);
                prop_assert!(delay >= SignedDuration::from_millis(300), "{delay:?}");
                prop_assert!(delay <= SignedDuration::from_mins(80), "{delay:?}");
            }
        }
    }
}
