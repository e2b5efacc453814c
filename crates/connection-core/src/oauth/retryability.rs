//! Whether a refused request is worth another try.

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retryability {
    /// The same request may succeed later: ask again, with a growing distance.
    Retry,
    /// The same request is going to be refused again: wait until an input changes.
    WaitForChange,
}
