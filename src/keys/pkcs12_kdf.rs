//! The key derivation that only PKCS#12 has (RFC 7292 appendix B.2).

use aws_lc_rs::digest::Algorithm;
use aws_lc_rs::digest::Context;
use zeroize::Zeroizing;

use crate::keys::error::KeystoreError;
use crate::keys::rounds::Rounds;

/// What the derived bytes are for: the diversifier of the standard.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    InitializationVector = 2,
    Mac = 3,
}

/// A password as PKCS#12 hashes it: UTF-16, big-endian, with a terminating zero (appendix B.1).
pub(super) fn password(password: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
    bytes.extend(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
    bytes
}

/// Derives `length` bytes. The letters are those of the standard.
///
/// # Errors
///
/// [`KeystoreError::TooCostly`], before any work is done.
pub(super) fn derive(
    hash: &'static Algorithm,
    password: &[u8],
    salt: &[u8],
    purpose: Purpose,
    iterations: u64,
    length: usize,
    rounds: &mut Rounds,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let blocks = length.div_ceil(hash.output_len());
    rounds.spend(iterations.max(1).saturating_mul(blocks as u64))?;
    let v = hash.block_len();
    let d = vec![purpose as u8; v];
    let mut i = Zeroizing::new(Vec::with_capacity(salt.len() + password.len() + 2 * v));
    for part in [salt, password] {
        i.extend(part.iter().cycle().take(part.len().next_multiple_of(v)));
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(blocks * hash.output_len()));
    for _ in 0..blocks {
        let mut context = Context::new(hash);
        context.update(&d);
        context.update(&i);
        let mut a = context.finish();
        for _ in 1..iterations {
            a = aws_lc_rs::digest::digest(hash, a.as_ref());
        }
        derived.extend_from_slice(a.as_ref());
        for block in i.chunks_mut(v) {
            add(block, a.as_ref());
        }
    }
    derived.truncate(length);
    Ok(derived)
}

/// Adds `b`, repeated to the block's length, and one, modulo the block's size (step 6 C).
fn add(block: &mut [u8], b: &[u8]) {
    let mut carry = 1_u16;
    let repeated: Zeroizing<Vec<u8>> =
        Zeroizing::new(b.iter().copied().cycle().take(block.len()).collect());
    for (digit, other) in block.iter_mut().zip(repeated.iter()).rev() {
        let [high, low] = (u16::from(*digit) + u16::from(*other) + carry).to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}
