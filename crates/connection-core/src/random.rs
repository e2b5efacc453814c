//! The only module that generates random bytes. Other modules receive them as an argument.

/// Returns `N` random bytes from the operating system.
///
/// # Panics
///
/// Panics if the operating system provides no random bytes: a predictable nonce would be worse.
#[expect(clippy::disallowed_methods, reason = "the one place that generates random bytes")]
#[expect(clippy::expect_used, reason = "a repeated nonce is worse than a failed task")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}
