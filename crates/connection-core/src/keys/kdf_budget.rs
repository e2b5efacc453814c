//! The budget for key derivation: a file names its own rounds, so a hostile one could burn hours.

use crate::keys::error::KeystoreError;

/// Most rounds of key derivation that one call pays for, all derivations of the call together: a
/// second or two of one core. Java writes 10,000 for each, OpenSSL 2,048; OWASP asks for 600,000.
pub const MAX_KDF_ROUNDS: u64 = 2_000_000;

/// Counts the rounds of one call; each derivation is paid for before it starts.
#[derive(Debug, Default)]
pub(super) struct KdfBudget(u64);

impl KdfBudget {
    /// Pays for `rounds` more rounds.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::KdfLimitExceeded`] when the sum of this call goes over [`MAX_KDF_ROUNDS`].
    pub(super) fn charge(&mut self, rounds: u64) -> Result<(), KeystoreError> {
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
    fn the_sum_counts_and_not_each_derivation() {
        let mut rounds = KdfBudget::default();
        rounds.charge(MAX_KDF_ROUNDS).unwrap();
        assert_eq!(
            rounds.charge(1),
            Err(KeystoreError::KdfLimitExceeded {
                rounds: MAX_KDF_ROUNDS + 1,
                limit: MAX_KDF_ROUNDS
            })
        );
        assert!(rounds.charge(u64::MAX).is_err());
    }
}
