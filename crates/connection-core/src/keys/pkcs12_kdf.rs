//! The key derivation of PKCS#12 (RFC 7292 appendix B.2).

use aws_lc_rs::digest::Algorithm;
use aws_lc_rs::digest::Context;
use zeroize::Zeroizing;

use crate::keys::error::KeystoreError;
use crate::keys::kdf_budget::KdfBudget;

/// The purpose of the derived bytes: the diversifier of the RFC.
#[derive(Clone, Copy)]
pub(super) enum KdfPurpose {
    Key = 1,
    InitializationVector = 2,
    Mac = 3,
}

/// Encodes a password: UTF-16, big-endian, with a terminating zero (appendix B.1).
pub(super) fn password(password: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
    bytes.extend(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
    bytes
}

/// Derives `length` bytes. Variables are named as in the RFC.
///
/// # Errors
///
/// [`KeystoreError::KdfLimitExceeded`], before any derivation.
pub(super) fn derive(
    hash: &'static Algorithm,
    password: &[u8],
    salt: &[u8],
    purpose: KdfPurpose,
    iterations: u64,
    length: usize,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let blocks = length.div_ceil(hash.output_len());
    // Each block repeats all iterations.
    budget.charge(iterations.max(1).saturating_mul(blocks as u64))?;
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
        // The digest above is the first iteration.
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

/// Adds `b`, repeated to the length of the block, and 1 to the block (step 6 C).
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

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY as SHA1;

    use super::*;

    #[test]
    fn derivation_matches_the_common_test_vectors() {
        let salt = &[0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        let derived = |purpose, length| {
            let mut budget = KdfBudget::default();
            derive(&SHA1, &password("smeg"), salt, purpose, 1, length, &mut budget).unwrap()
        };
        let hex = |bytes: Zeroizing<Vec<u8>>| {
            bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
        };
        assert_eq!(
            hex(derived(KdfPurpose::Key, 24)),
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
        );
        assert_eq!(hex(derived(KdfPurpose::InitializationVector, 8)), "79993dfe048d3b76");
    }

    #[test]
    fn every_block_is_charged_before_derivation() {
        let costly = |iterations, length| {
            let mut budget = KdfBudget::default();
            derive(&SHA1, &[], &[], KdfPurpose::Mac, iterations, length, &mut budget).map(|_| ())
        };
        let too_costly = |rounds| {
            let limit = crate::keys::kdf_budget::MAX_KDF_ROUNDS;
            Err(KeystoreError::KdfLimitExceeded { rounds, limit })
        };
        assert_eq!(costly(1_500_000, 24), too_costly(3_000_000));
        assert_eq!(costly(u64::MAX, 24), too_costly(u64::MAX));
        assert_eq!(costly(0, 24), Ok(()));
    }
}
