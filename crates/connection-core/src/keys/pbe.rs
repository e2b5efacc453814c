//! Password-based decryption: PBES2 (RFC 8018) and the schemes of PKCS#12 (RFC 7292 appendix C).

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY as SHA1;
use cbc::Decryptor;
use cbc::cipher::BlockCipherDecrypt;
use cbc::cipher::BlockModeDecrypt as _;
use cbc::cipher::KeyInit;
use cbc::cipher::KeyIvInit as _;
use cbc::cipher::block_padding::Pkcs7;
use des::TdesEde2;
use des::TdesEde3;
use pkcs8::der::Decode as _;
use pkcs8::pkcs5::pbes2;
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::keys::der;
use crate::keys::der::AlgorithmIdentifier;
use crate::keys::der::DerReader;
use crate::keys::error::KeystoreError;
use crate::keys::kdf_budget::KdfBudget;
use crate::keys::pkcs12_kdf;
use crate::keys::pkcs12_kdf::KdfPurpose;

/// 1.2.840.113549.1.5.13
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// 1.2.840.113549.1.12.1, under which PKCS#12 numbers its schemes.
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
/// 1.2.840.113549.3.7
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];

/// Size of a DES or RC2 block and of the initialization vector, bytes.
const BLOCK: usize = 8;

const BAD_PARAMETERS: KeystoreError = KeystoreError::corrupted("invalid encryption parameters");

/// Decrypts an ASN.1 SEQUENCE. Returns `None` if the password is wrong.
///
/// # Errors
///
/// [`KeystoreError::KdfLimitExceeded`] before any derivation,
/// [`KeystoreError::UnsupportedEncryption`] or [`KeystoreError::Corrupted`].
pub(super) fn decrypt(
    algorithm: AlgorithmIdentifier<'_>,
    encrypted: &[u8],
    password: &str,
    budget: &mut KdfBudget,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
    let plain = match algorithm.oid {
        PBES2 => pbes2(algorithm, encrypted, password, budget)?,
        oid => match oid.strip_prefix(PKCS12_PBE) {
            Some([number]) => pkcs12(*number, algorithm, encrypted, password, budget)?,
            _ => return Err(KeystoreError::unsupported_encryption(der::dotted(oid))),
        },
    };
    // 1 of 256 wrong passwords results in valid padding.
    Ok(plain.filter(|plain| {
        let mut reader = DerReader::new(plain);
        reader.element(der::SEQUENCE).is_ok() && reader.is_empty()
    }))
}

fn pbes2(
    algorithm: AlgorithmIdentifier<'_>,
    encrypted: &[u8],
    password: &str,
    budget: &mut KdfBudget,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
    let mut inside = algorithm.parameters()?;
    let derivation = AlgorithmIdentifier::read(&mut inside)?;
    // Before the crate derives: a file may request any number of iterations.
    budget.charge(pbes2_cost(derivation)?)?;
    let cipher = AlgorithmIdentifier::read(&mut inside)?;
    // The crate does not check the length of this vector and would panic.
    if cipher.oid == DES_EDE3_CBC && cipher.parameters.is_none_or(|iv| iv.content.len() != BLOCK) {
        return Err(BAD_PARAMETERS);
    }
    let whole = algorithm.parameters.map_or(&[][..], |parameters| parameters.whole);
    let parameters = pbes2::Parameters::from_der(whole).map_err(|error| match error.kind() {
        pkcs8::der::ErrorKind::OidUnknown { oid } => {
            KeystoreError::unsupported_encryption(format!("OID {oid}"))
        }
        _ => BAD_PARAMETERS,
    })?;
    // Decrypted in place, so that no copy of the key remains.
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = match parameters.decrypt_in_place(password, &mut buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs8::pkcs5::Error::DecryptFailed) => return Ok(None),
        Err(pkcs8::pkcs5::Error::UnsupportedAlgorithm { oid }) => {
            return Err(KeystoreError::unsupported_encryption(format!("OID {oid}")));
        }
        Err(_) => return Err(BAD_PARAMETERS),
    };
    buffer.truncate(length);
    Ok(Some(buffer))
}

/// Returns the number of iterations. Called before the crate parses the parameters.
fn pbes2_cost(derivation: AlgorithmIdentifier<'_>) -> Result<u64, KeystoreError> {
    /// 1.2.840.113549.1.5.12
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
    /// 1.3.6.1.4.1.11591.4.11
    const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
    let mut inside = derivation.parameters()?;
    inside.any()?;
    match derivation.oid {
        PBKDF2 => inside.unsigned(),
        SCRYPT => {
            let (cost, block, lanes) = (inside.unsigned()?, inside.unsigned()?, inside.unsigned()?);
            // The crate computes the logarithm of the cost without validation.
            if !cost.is_power_of_two() || cost < 2 || block == 0 || lanes == 0 {
                return Err(BAD_PARAMETERS);
            }
            // A block of scrypt costs about 4 iterations. This also limits its memory to 64 MiB.
            Ok(cost.saturating_mul(block).saturating_mul(lanes).saturating_mul(4))
        }
        other => Err(KeystoreError::unsupported_encryption(der::dotted(other))),
    }
}

fn pkcs12(
    number: u8,
    algorithm: AlgorithmIdentifier<'_>,
    encrypted: &[u8],
    password: &str,
    budget: &mut KdfBudget,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
    let mut parameters = algorithm.parameters()?;
    let salt = parameters.content(der::OCTET_STRING)?;
    let iterations = parameters.unsigned()?;
    let password = pkcs12_kdf::password(password);
    let mut derive = |purpose, length| {
        pkcs12_kdf::derive(&SHA1, &password, salt, purpose, iterations, length, budget)
    };
    let length = match number {
        3 => 24,
        4 | 5 => 16,
        6 => 5,
        // The crypto crates have no RC4, and no current tool writes it.
        1 | 2 => return Err(KeystoreError::unsupported_encryption("RC4")),
        _ => return Err(KeystoreError::unsupported_encryption(der::dotted(algorithm.oid))),
    };
    let key = derive(KdfPurpose::Key, length)?;
    let iv = derive(KdfPurpose::InitializationVector, BLOCK)?;
    Ok(match number {
        3 => cbc::<TdesEde3>(&key, &iv, encrypted),
        4 => cbc::<TdesEde2>(&key, &iv, encrypted),
        _ => cbc::<Rc2>(&key, &iv, encrypted),
    })
}

fn cbc<C>(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt + KeyInit,
{
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let cipher = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRYPT: &[u8] = &[0x06, 0x09, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 0x0b];
    const PBKDF2: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0c];
    const AES: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a];
    const DES3: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
    const SALT: &[u8] = &[0x04, 0x01, 0x00];
    const IV: &[u8] = &[0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[0x30, u8::try_from(content.len()).unwrap()][..], &content].concat()
    }

    /// Decrypts a block of zeros with PBES2.
    fn decrypt_pbes2(derivation: &[u8], cipher: &[u8]) -> Result<bool, KeystoreError> {
        let oid = [&[0x06, 0x09][..], PBES2].concat();
        let algorithm = sequence(&[&oid, &sequence(&[derivation, cipher])]);
        let algorithm = AlgorithmIdentifier::read(&mut DerReader::new(&algorithm))?;
        let plain = decrypt(algorithm, &[0; 16], "password", &mut KdfBudget::default())?;
        Ok(plain.is_some())
    }

    #[test]
    fn invalid_scrypt_parameters_are_rejected_before_the_crate_parses_them() {
        let scrypt = |numbers: &[u8]| sequence(&[SCRYPT, &sequence(&[SALT, numbers])]);
        let aes = sequence(&[AES, IV]);
        let with = |numbers: &[u8]| decrypt_pbes2(&scrypt(numbers), &aes);
        assert_eq!(with(&[2, 1, 4, 2, 1, 1, 2, 1, 1]), Ok(false));
        for numbers in [
            [2, 1, 0, 2, 1, 1, 2, 1, 1],
            [2, 1, 1, 2, 1, 1, 2, 1, 1],
            [2, 1, 3, 2, 1, 1, 2, 1, 1],
            [2, 1, 4, 2, 1, 0, 2, 1, 1],
            [2, 1, 4, 2, 1, 1, 2, 1, 0],
        ] {
            assert_eq!(with(&numbers), Err(BAD_PARAMETERS), "{numbers:?}");
        }
        // 128 MiB of memory.
        let large = [2, 3, 0x10, 0, 0, 2, 1, 1, 2, 1, 1];
        assert!(matches!(with(&large), Err(KeystoreError::KdfLimitExceeded { .. })));
    }

    #[test]
    fn an_initialization_vector_with_a_wrong_length_is_rejected() {
        let pbkdf2 = sequence(&[PBKDF2, &sequence(&[SALT, &[2, 1, 9]])]);
        let with = |cipher, iv: &[u8]| decrypt_pbes2(&pbkdf2, &sequence(&[cipher, iv]));
        assert_eq!(with(AES, IV), Ok(false));
        assert_eq!(with(DES3, &[4, 8, 0, 0, 0, 0, 0, 0, 0, 0]), Ok(false));
        for cipher in [AES, DES3] {
            for iv in [&[4, 0][..], &[4, 7, 0, 0, 0, 0, 0, 0, 0], &[5, 0], &[]] {
                assert_eq!(with(cipher, iv), Err(BAD_PARAMETERS), "{iv:?}");
            }
        }
    }

    #[test]
    fn the_error_for_an_unknown_scheme_contains_its_oid() {
        let md5_des = sequence(&[&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 3]]);
        let algorithm = AlgorithmIdentifier::read(&mut DerReader::new(&md5_des)).unwrap();
        let error = decrypt(algorithm, &[], "", &mut KdfBudget::default()).unwrap_err();
        assert_eq!(error, KeystoreError::unsupported_encryption("OID 1.2.840.113549.1.5.3"));
    }
}
