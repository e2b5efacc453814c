//! When to renew and when to try again.

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};

use crate::connection::desired::RefreshPolicy;

/// No renewal comes sooner than this after the token was issued, however short its life.
const SHORTEST_REST: SignedDuration = SignedDuration::from_secs(1);

/// The first delay after a failure.
const FIRST_DELAY: SignedDuration = SignedDuration::from_millis(500);

/// The longest delay between two tries while there is no usable token.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(1);

/// The first delay after a refusal that only a change is likely to mend.
const FIRST_SELDOM_DELAY: SignedDuration = SignedDuration::from_mins(1);

/// The longest delay after a refusal that only a change is likely to mend.
const LONGEST_SELDOM_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// A share of a window that leaves room for two dozen tries.
const TRIES_IN_A_WINDOW: i32 = 24;

/// How long the answer to a request is waited for that can be sent only once: a refresh token or a
/// code. However little is left of the old token, the next one must not be lost.
pub const PATIENCE_ONCE: std::time::Duration = std::time::Duration::from_secs(10);

/// The life of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenLifetime {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl TokenLifetime {
    fn length(self) -> SignedDuration {
        self.expires_at.duration_since(self.issued_at).max(SignedDuration::ZERO)
    }
}

/// Returns when a token is due for renewal: at two thirds of its life or when the policy says, up
/// to a tenth of that earlier, so that tokens issued together drift apart. The spread follows from `seed` and the
/// issue time alone, so a restart computes the same time.
#[must_use]
pub fn due(life: TokenLifetime, policy: RefreshPolicy, seed: &str) -> Timestamp {
    let length = life.length();
    let mut after = length * 2 / 3;
    if let Some(before) = policy.before {
        after = (length - SignedDuration::from_secs(before.into())).max(length / 10);
    }
    for every in [policy.every, policy.keep_alive].into_iter().flatten() {
        after = after.min(SignedDuration::from_secs(every.into()));
    }
    let spread = after.mul_f64(jitter(seed, life.issued_at, 0) / 10.0);
    later(life.issued_at, (after - spread).max(SHORTEST_REST))
}

/// How often to try again while a token lives on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryWindow {
    /// From now to the token's expiry, at most from the time it is due; none where no token is valid.
    pub length: Option<SignedDuration>,
}

impl RetryWindow {
    /// What is left at `now` to renew a token that is due at `due`.
    #[must_use]
    pub fn until_expiry(life: TokenLifetime, due: Timestamp, now: Timestamp) -> Self {
        let left = life.expires_at.duration_since(due.max(now));
        Self { length: Some(left).filter(SignedDuration::is_positive) }
    }

    /// There is no token to keep alive.
    #[must_use]
    pub fn unbounded() -> Self {
        Self { length: None }
    }

    /// The longest time to wait for one answer: a share of the window, two to ten seconds.
    #[must_use]
    pub fn deadline(self) -> SignedDuration {
        let longest = SignedDuration::from_secs(10);
        let share = self.length.map_or(longest, |length| length / TRIES_IN_A_WINDOW);
        share.clamp(SignedDuration::from_secs(2), longest)
    }

    /// The delay after the `attempt`-th failure in a row, counted from one: doubling, at most a
    /// share of the window, half of it spread by `seed`.
    #[must_use]
    pub fn retry(self, attempt: u32, seed: &str, now: Timestamp) -> Timestamp {
        let longest = self.length.map_or(LONGEST_DELAY, |length| {
            (length / TRIES_IN_A_WINDOW).clamp(SignedDuration::from_secs(1), LONGEST_DELAY * 10)
        });
        delayed(FIRST_DELAY, longest, attempt, seed, now)
    }

    /// The delay after the `attempt`-th refusal in a row that only a change is likely to mend.
    #[must_use]
    pub fn retry_slowly(self, attempt: u32, seed: &str, now: Timestamp) -> Timestamp {
        let longest = self.length.map_or(LONGEST_SELDOM_DELAY, |length| {
            (length / 4).clamp(FIRST_SELDOM_DELAY, LONGEST_SELDOM_DELAY)
        });
        delayed(FIRST_SELDOM_DELAY, longest, attempt, seed, now)
    }
}

fn delayed(
    first: SignedDuration,
    longest: SignedDuration,
    attempt: u32,
    seed: &str,
    now: Timestamp,
) -> Timestamp {
    let doublings = attempt.saturating_sub(1).min(20);
    let delay = first.checked_mul(1 << doublings).unwrap_or(longest).min(longest);
    later(now, delay.mul_f64(0.75 + jitter(seed, now, attempt) / 2.0))
}

/// A share in [0, 1) that follows from its arguments alone.
fn jitter(seed: &str, time: Timestamp, attempt: u32) -> f64 {
    let text = format!("{seed}/{}/{attempt}", time.as_nanosecond());
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&hash.as_ref()[..4]);
    f64::from(u32::from_be_bytes(first)) / (f64::from(u32::MAX) + 1.0)
}

/// The end of time is the one time that nothing can be added to.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn life(seconds: i64) -> TokenLifetime {
        let issued_at = Timestamp::from_second(1_800_000_000).unwrap();
        TokenLifetime { issued_at, expires_at: issued_at + SignedDuration::from_secs(seconds) }
    }

    fn after(seconds: i64, policy: RefreshPolicy) -> f64 {
        let life = life(seconds);
        due(life, policy, "uid").duration_since(life.issued_at).as_secs_f64()
    }

    #[test]
    fn a_restart_computes_the_same_time() {
        assert_eq!(
            due(life(3600), RefreshPolicy::default(), "a"),
            due(life(3600), RefreshPolicy::default(), "a")
        );
        assert_ne!(
            due(life(3600), RefreshPolicy::default(), "a"),
            due(life(3600), RefreshPolicy::default(), "b")
        );
    }

    #[test]
    fn before_seconds_count_from_the_expiry_up_to_nine_tenths() {
        let before = |before| RefreshPolicy { before: Some(before), ..RefreshPolicy::default() };
        assert!((2700.0..=3000.0).contains(&after(3600, before(600))));
        assert!((324.0..=360.0).contains(&after(3600, before(86400))));
    }

    #[test]
    fn every_seconds_bring_a_renewal_forward_and_never_put_it_off() {
        let every = |every| RefreshPolicy { every: Some(every), ..RefreshPolicy::default() };
        assert!((54.0..=60.0).contains(&after(3600, every(60))));
        assert!(after(3600, every(86400)) <= 2400.0);
    }

    #[test]
    fn a_300_second_token_gets_at_least_13_tries_even_when_each_runs_into_its_deadline() {
        let life = life(300);
        let due = due(life, RefreshPolicy::default(), "uid");
        let (mut now, mut tries) = (due, 0);
        while now < life.expires_at {
            tries += 1;
            let answered = now + RetryWindow::until_expiry(life, due, now).deadline();
            now = RetryWindow::until_expiry(life, due, answered).retry(tries, "uid", answered);
        }
        assert!(tries >= 13, "{tries} tries");
    }

    proptest! {
        #[test]
        fn a_renewal_is_due_between_three_fifths_and_two_thirds(seconds in 2_u32..10_000_000, seed in "[a-z]{1,8}") {
            let life = life(seconds.into());
            let after = due(life, RefreshPolicy::default(), &seed).duration_since(life.issued_at).as_secs_f64();
            let share = after / f64::from(seconds);
            prop_assert!((0.5999..=0.6667).contains(&share), "{share}");
        }

        #[test]
        fn a_retry_is_never_at_once_and_never_far(attempt in 1_u32..1000, seed in "[a-z]{1,8}", window in proptest::option::of(0_i64..1_000_000)) {
            let now = life(0).issued_at;
            let window = RetryWindow { length: window.map(SignedDuration::from_secs) };
            for next in [window.retry(attempt, &seed, now), window.retry_slowly(attempt, &seed, now)] {
                let delay = next.duration_since(now);
                prop_assert!(delay >= SignedDuration::from_millis(300), "{delay:?}");
                prop_assert!(delay <= SignedDuration::from_mins(80), "{delay:?}");
            }
        }
    }
}
