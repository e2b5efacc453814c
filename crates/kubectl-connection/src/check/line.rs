//! The result of a check.

use std::fmt;

use jiff::SignedDuration;
use serde::Serialize;

/// The largest clock skew that is acceptable. Few providers accept signed JWTs with more.
const MAX_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// The mark of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) enum Mark {
    Failed,
    Ok,
    /// The check could not be made, or only some verbs need it.
    Unknown,
}

/// The result of a check. The names are those of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct CheckLine {
    pub mark: Mark,
    pub part: &'static str,
    /// The finding, followed by the remedy if the check failed.
    pub message: String,
}

impl CheckLine {
    pub(super) fn ok(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Ok, part, message: message.into() }
    }

    pub(super) fn failed(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Failed, part, message: message.into() }
    }

    pub(super) fn unknown(part: &'static str, message: impl Into<String>) -> Self {
        Self { mark: Mark::Unknown, part, message: message.into() }
    }

    /// Judges the skew between the clocks of `peer` and this machine; positive if `peer` is ahead.
    pub(super) fn clock(peer: &str, skew: SignedDuration) -> Self {
        let seconds = skew.as_secs();
        if skew.abs() <= MAX_SKEW {
            return Self::ok("clock", format!("in sync with {peer} (skew {seconds}s)"));
        }
        let message = format!(
            "not in sync with {peer} (skew {seconds}s): synchronize both clocks with NTP, otherwise signed JWTs are rejected"
        );
        Self::failed("clock", message)
    }
}

impl fmt::Display for CheckLine {
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
    fn a_clock_skew_of_more_than_30_seconds_fails() {
        let lines = [0, -30, 31, -31].map(|seconds| {
            CheckLine::clock("the API server", SignedDuration::from_secs(seconds)).to_string()
        });
        insta::assert_snapshot!(lines.join("\n"), @"
        ✓ clock: in sync with the API server (skew 0s)
        ✓ clock: in sync with the API server (skew -30s)
        ✗ clock: not in sync with the API server (skew 31s): synchronize both clocks with NTP, otherwise signed JWTs are rejected
        ✗ clock: not in sync with the API server (skew -31s): synchronize both clocks with NTP, otherwise signed JWTs are rejected
        ");
    }
}
