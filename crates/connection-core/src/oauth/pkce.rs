//! Proof Key for Code Exchange (RFC 7636), only with method S256.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

/// `code_challenge_method` (RFC 7636 section 4.3); `plain` is never used.
pub const METHOD: &str = "S256";

/// Returns a code verifier of 43 characters from 256 random bits (RFC 7636 section 4.1).
pub fn verifier(randomness: [u8; 32]) -> SecretString {
    URL_SAFE_NO_PAD.encode(randomness).into()
}

/// Returns the code challenge of a verifier (RFC 7636 section 4.2).
pub fn challenge(verifier: &SecretString) -> String {
    let hash = digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_matches_the_example_of_rfc_7636() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_the_length_and_characters_of_rfc_7636() {
        let verifier = verifier([0xfb; 32]);
        let text = verifier.expose_secret();
        assert_eq!(text.len(), 43);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
    }
}
