//! Encrypts and authenticates the page's cookies, so that only the operator's replicas can read and
//! create them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroizing;

/// Length of a session key, bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// The purpose of a sealed value, which is invalid for any other purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CookiePurpose {
    PendingAuthorization,
    ResultSession,
}

impl CookiePurpose {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::PendingAuthorization => b"attempt",
            Self::ResultSession => b"done",
        }
    }
}

/// Seals and unseals with keys derived from the session key (RFC 5869).
pub(super) struct CookieSealer {
    seal: LessSafeKey,
    sign: hmac::Key,
}

impl CookieSealer {
    /// Derives the keys.
    ///
    /// # Errors
    ///
    /// Never in practice: the lengths are valid.
    pub(super) fn new(key: &SecretSlice<u8>) -> Result<Self, Unspecified> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"connection-operator.io/consent");
        let key = salt.extract(key.expose_secret());
        // Each algorithm has its own key, so that a weakness of one does not affect the other.
        Ok(Self {
            seal: LessSafeKey::new(UnboundKey::from(key.expand(&[b"seal"], &AES_256_GCM)?)),
            sign: hmac::Key::from(key.expand(&[b"sign"], hmac::HMAC_SHA256)?),
        })
    }

    /// Seals with AES-256-GCM. The nonce must be random and unique.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is longer than the cipher's limit of gigabytes.
    pub(super) fn seal(
        &self,
        purpose: CookiePurpose,
        plain: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<String, Unspecified> {
        // The copy is erased even if sealing fails.
        let mut bytes = Zeroizing::new(plain.to_vec());
        let (aad, unique) = (Aad::from(purpose.as_bytes()), Nonce::assume_unique_for_key(nonce));
        let tag = self.seal.seal_in_place_separate_tag(unique, aad, &mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce, bytes.as_slice(), tag.as_ref()].concat()))
    }

    /// Returns none if the value was changed, or sealed with another key or for another purpose.
    pub(super) fn unseal(&self, purpose: CookiePurpose, sealed: &str) -> Option<SecretSlice<u8>> {
        // Decryption is in place, so this buffer then contains secrets.
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sealed).ok()?);
        let (nonce, rest) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.seal.open_in_place(nonce, Aad::from(purpose.as_bytes()), rest).ok()?;
        Some(plain.to_vec().into())
    }

    /// Signs a list of parts, including their boundaries.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.sign, &joined(parts)))
    }

    /// Verifies the signature of the parts in constant time.
    pub(super) fn is_signed(&self, parts: &[&[u8]], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        hmac::verify(&self.sign, &joined(parts), &signature).is_ok()
    }
}

fn joined(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    for part in parts {
        // Without the lengths, `a`, `bc` and `ab`, `c` would have the same signature.
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(byte: u8) -> CookieSealer {
        CookieSealer::new(&vec![byte; KEY_LENGTH].into()).unwrap()
    }

    #[test]
    fn a_sealed_value_is_unsealed_only_with_the_same_key_and_purpose() {
        let sealed = sealer(1)
            .seal(CookiePurpose::PendingAuthorization, b"secret words", [7; NONCE_LEN])
            .unwrap();
        let read = |key, purpose| sealer(key).unseal(purpose, &sealed);
        assert_eq!(
            read(1, CookiePurpose::PendingAuthorization).unwrap().expose_secret(),
            b"secret words"
        );
        assert!(read(1, CookiePurpose::ResultSession).is_none(), "another purpose");
        assert!(read(2, CookiePurpose::PendingAuthorization).is_none(), "another key");
    }

    #[test]
    fn a_signature_covers_the_parts_and_their_boundaries() {
        let signature = sealer(1).sign(&[b"browser", b"team"]);
        for (claim, key, parts, signed) in [
            ("the same", 1, [b"browser".as_slice(), b"team"], true),
            ("another browser", 1, [b"browses", b"team"], false),
            ("another boundary", 1, [b"browsert", b"eam"], false),
            ("another key", 2, [b"browser", b"team"], false),
        ] {
            assert_eq!(sealer(key).is_signed(&parts, &signature), signed, "{claim}");
        }
        assert!(!sealer(1).is_signed(&[b"browser", b"team"], ""));
    }

    proptest! {
        #[test]
        fn a_sealed_value_is_unsealed_and_any_change_is_detected(
            plain in prop::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            with in any::<u8>(),
        ) {
            let sealed = sealer(1).seal(CookiePurpose::ResultSession, &plain, [3; NONCE_LEN]).unwrap();
            let read = sealer(1).unseal(CookiePurpose::ResultSession, &sealed).unwrap();
            prop_assert_eq!(read.expose_secret(), plain.as_slice());
            let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != with);
            bytes[at] = with;
            prop_assert!(sealer(1).unseal(CookiePurpose::ResultSession, &URL_SAFE_NO_PAD.encode(bytes)).is_none());
        }

        #[test]
        fn unsealing_any_text_fails_without_a_panic(text in ".{0,100}") {
            prop_assert!(sealer(1).unseal(CookiePurpose::ResultSession, &text).is_none());
        }
    }
}
