//! One line of a check.

use std::fmt;

use jiff::SignedDuration;
use serde::Serialize;

/// How far a clock may be off before signed JWTs are refused here and there: few providers grant
/// more than half a minute.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(30);

/// What came of a part of the check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum Mark {
    /// It is not as it should be.
    Failed,
    /// It is as it should be.
    Ok,
    /// It cannot be told from here.
    Unknown,
}

/// One line of a check. The names are what `-o json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Line {
    /// What came of it.
    pub mark: Mark,
    /// What is checked.
    pub part: &'static str,
    /// What was found; where it is not good, with the remedy.
    pub message: String,
}

impl Line {
    /// A part that is as it should be.
    pub(super) fn good(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Ok, part, message: message.into() }
    }

    /// A part that is not.
    pub(super) fn bad(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Failed, part, message: message.into() }
    }

    /// A part that cannot be told from here.
    pub(super) fn unknown(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Unknown, part, message: message.into() }
    }

    /// How far the clock of `whom` is ahead of this machine's.
    pub(super) fn clock(whom: &str, ahead: SignedDuration) -> Self {
        let seconds = ahead.abs().as_secs();
        let way = if ahead.is_negative() { "behind" } else { "ahead of" };
        let found = format!("that of {whom} is {seconds}s {way} this machine's");
        if ahead.abs() <= TOLERANCE {
            Self::good("clock", found)
        } else {
            Self::bad(
                "clock",
                format!(
                    "{found}: set both by NTP, since signed JWTs are refused where clocks differ"
                ),
            )
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.mark {
            Mark::Failed => '✗',
            Mark::Ok => '✓',
            Mark::Unknown => '?',
        };
        write!(f, "{mark} {}: {}", self.part, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_far_off_is_said_with_the_remedy() {
        let table = [
            (0, "✓ clock: that of the API server is 0s ahead of this machine's"),
            (-30, "✓ clock: that of the API server is 30s behind this machine's"),
            (
                31,
                "✗ clock: that of the API server is 31s ahead of this machine's: set both by NTP, since signed JWTs are refused where clocks differ",
            ),
        ];
        for (seconds, expected) in table {
            let line = Line::clock("the API server", SignedDuration::from_secs(seconds));
            assert_eq!(line.to_string(), expected);
        }
    }
}
