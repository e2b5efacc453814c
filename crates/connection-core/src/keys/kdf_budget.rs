//! Bounds key derivation: a keystore sets its own iterations, so a malicious one could take hours.

use crate::keys::error::KeystoreError;

/// Maximum number of iterations of all key derivations of a call: 1 to 2 s of CPU time. Java uses
/// 10,000 for each derivation, OpenSSL 2,048; OWASP recommends 600,000.
pub const MAX_KDF_ROUNDS: u64 = 2_000_000;

/// Counts the iterations of a call. Each derivation is charged before it starts.
#[derive(Debug, Default)]
pub(super) struct KdfBudget(u64);

impl KdfBudget {
    /// Adds iterations; fails if their sum exceeds [`MAX_KDF_ROUNDS`].
    pub(super) fn charge(&mut self, rounds: u64) -> Result<(), KeystoreError> {
        // Saturates, because the file may claim any number.
        self.0 = self.0.saturating_add(rounds);
        if self.0 > MAX_KDF_ROUNDS {
            return Err(KeystoreError::KdfLimitExceeded { rounds: self.0, limit: MAX_KDF_ROUNDS });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_limits_the_sum_of_all_derivations() {
        let mut budget = KdfBudget::default();
        budget.charge(MAX_KDF_ROUNDS).unwrap();
        assert_eq!(
            budget.charge(1),
            Err(KeystoreError::KdfLimitExceeded {
                rounds: MAX_KDF_ROUNDS + 1,
                limit: MAX_KDF_ROUNDS
            })
        );
        assert!(budget.charge(u64::MAX).is_err());
    }
}
