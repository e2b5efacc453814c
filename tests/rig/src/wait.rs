//! Waiting for a condition, bounded, with words for what did not come.

use std::cell::RefCell;
use std::time::Duration;

const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What was waited for did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("waited {limit:?} for {what}; last seen: {seen}")]
pub struct TimedOut {
    what: String,
    limit: Duration,
    seen: String,
}

/// Calls `probe` until it returns `Ok`, at most for `limit`. The `Err` of a probe says what was seen instead.
///
/// A probe that hangs is given up at the limit.
///
/// # Errors
/// [`TimedOut`], with the last thing that the probe saw.
pub async fn try_until<T>(
    limit: Duration,
    what: &str,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, TimedOut> {
    let seen = RefCell::new("no answer from the first look".to_owned());
    let look_again = async {
        let mut pause = SHORTEST_PAUSE;
        loop {
            match probe().await {
                Ok(found) => return found,
                Err(instead) => *seen.borrow_mut() = instead,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    };
    let found = tokio::time::timeout(limit, look_again).await;
    found.map_err(|_| TimedOut { what: what.to_owned(), limit, seen: seen.into_inner() })
}

/// [`try_until`] for tests.
///
/// # Panics
/// If the condition does not come in time.
pub async fn until<T>(
    limit: Duration,
    what: &str,
    probe: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    match try_until(limit, what, probe).await {
        Ok(found) => found,
        Err(timed_out) => panic!("{timed_out}"),
    }
}

/// Waits until `holds` is true, for conditions without details.
///
/// # Panics
/// If the condition does not come in time.
pub async fn until_true(limit: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(limit, what, async || if holds().await { Ok(()) } else { Err("not so".to_owned()) })
        .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_condition_that_becomes_true_is_returned() {
        let mut looks = 0;
        let found = try_until(Duration::from_secs(5), "the third look", async || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err(format!("look {looks}")) }
        });
        assert_eq!(found.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_timeout_names_the_last_observation() {
        let limit = Duration::from_millis(50);
        let waited = try_until::<()>(limit, "rain", async || Err("sun".to_owned())).await;
        assert_eq!(waited.unwrap_err().to_string(), "waited 50ms for rain; last seen: sun");
    }

    #[tokio::test]
    async fn a_hanging_probe_times_out() {
        let limit = Duration::from_millis(50);
        let waited = try_until::<()>(limit, "rain", async || std::future::pending().await).await;
        assert!(waited.is_err());
    }
}
