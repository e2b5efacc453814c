//! Token requests over time.

use jiff::Timestamp;

/// Counts of each tenth of a second from the first to the last.
pub fn tenths(times: &[Timestamp]) -> Vec<usize> {
    let Some(first) = times.iter().min() else { return Vec::new() };
    let mut tenths = Vec::new();
    for time in times {
        let at = usize::try_from(time.duration_since(*first).as_millis() / 100).unwrap_or_default();
        if tenths.len() <= at {
            tenths.resize(at + 1, 0);
        }
        tenths[at] += 1;
    }
    tenths
}

/// Counts by the tenth of the second on the wall clock: work that is bunched on whole seconds shows
/// as one large count.
pub fn of_the_second(times: &[Timestamp]) -> [usize; 10] {
    let mut counts = [0; 10];
    for time in times {
        let tenth = time.subsec_nanosecond() / 100_000_000;
        counts[usize::try_from(tenth).unwrap_or_default().min(9)] += 1;
    }
    counts
}

/// Percent of the fullest of ten; 10 if they are even.
pub fn fullest_percent(counts: &[usize; 10]) -> f64 {
    let sum: usize = counts.iter().sum();
    let most = counts.iter().copied().max().unwrap_or_default();
    100.0 * number(most) / number(sum.max(1))
}

/// Counts as a line.
pub fn line(counts: &[usize]) -> String {
    counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

/// A count for arithmetic.
pub fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
