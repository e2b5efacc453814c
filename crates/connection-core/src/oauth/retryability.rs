//! Classification of failed token requests.

/// Decides if a failed request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retryability {
    /// The same request may succeed later: retry with backoff.
    Retry,
    /// The same request will fail again: wait until an input changes.
    WaitForChange,
}
