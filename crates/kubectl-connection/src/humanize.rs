//! Human-readable times and durations.

use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Formats a duration as kubectl formats ages: `45s`, `52m`, `5h30m`, `3d4h`, `40d`.
pub(crate) fn duration(duration: SignedDuration) -> String {
    // The age of a new object is negative if this machine's clock is behind the API server's.
    let seconds = duration.as_secs().max(0);
    let two = |unit: i64, name: &str, part: i64, part_name: &str| match seconds % unit / part {
        0 => format!("{}{name}", seconds / unit),
        rest => format!("{}{name}{rest}{part_name}", seconds / unit),
    };
    match seconds {
        // Up to two years, the bounds are those of HumanDuration in k8s.io/apimachinery.
        ..120 => format!("{seconds}s"),
        120..600 => two(MINUTE, "m", 1, "s"),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two(HOUR, "h", MINUTE, "m"),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two(DAY, "d", HOUR, "h"),
        _ => format!("{}d", seconds / DAY),
    }
}

/// Formats a time relative to `now`: `in 52m`, `18h ago`.
pub(crate) fn relative(time: Timestamp, now: Timestamp) -> String {
    let left = time.duration_since(now);
    if left.is_negative() {
        format!("{} ago", duration(-left))
    } else {
        format!("in {}", duration(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_or_two_units() {
        let table = [
            (-5, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (3120, "52m"),
            (5 * HOUR + 1800, "5h30m"),
            (6 * HOUR, "6h"),
            (30 * HOUR, "30h"),
            (3 * DAY + 4 * HOUR, "3d4h"),
            (40 * DAY, "40d"),
        ];
        for (seconds, expected) in table {
            assert_eq!(duration(SignedDuration::from_secs(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn times_are_in_the_future_or_in_the_past() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds| relative(now + SignedDuration::from_secs(seconds), now);
        assert_eq!(at(3120), "in 52m");
        assert_eq!(at(0), "in 0s");
        assert_eq!(at(-18 * HOUR), "18h ago");
    }
}
