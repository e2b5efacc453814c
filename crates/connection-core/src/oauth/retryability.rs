//! Classification of failed token requests.

/// Decides if a failed request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retryability {
    /// The same request may succeed later: retry with backoff.
    Retry,
    /// The same request will fail again: wait until an input changes.
    WaitForChange,
}

/// Returns true if the HTTP status is transient, so that the same request may succeed later:
/// 408 (RFC 9110 section 15.5.9), 425 (RFC 8470 section 5.2), 429 (RFC 6585 section 4) and 5xx
/// (RFC 9110 section 15.6).
///
/// A status above 599 is invalid and counts as 5xx (RFC 9110 section 15).
pub fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_timeouts_rate_limits_and_server_errors_are_retryable() {
        let retryable: Vec<u16> = (0..500).filter(|status| is_retryable_status(*status)).collect();
        assert_eq!(retryable, [408, 425, 429]);
        assert!((500..=u16::MAX).all(is_retryable_status));
    }
}
