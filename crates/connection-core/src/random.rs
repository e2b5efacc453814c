//! The random source's one home: everything else is handed its randomness.

/// Returns `N` bytes of the operating system's randomness.
///
/// # Panics
///
/// Panics when the operating system has no randomness to give; nothing that needs a nonce may go on
/// without one.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
#[expect(clippy::expect_used, reason = "a nonce that repeats is worse than a task that ends")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}
