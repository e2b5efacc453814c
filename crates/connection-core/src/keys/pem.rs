//! Splits a PEM file into its blocks (RFC 7468), leniently: text around them, CRLF and lines of any
//! length are fine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::keys::error::KeystoreError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// One block, not decoded yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    /// Whether it is an X.509 certificate, by any of the labels in use.
    pub(super) fn is_certificate(&self) -> bool {
        matches!(self.label, "CERTIFICATE" | "X509 CERTIFICATE")
    }

    /// Whether it is a private key, readable or not.
    pub(super) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    /// Whether it is encrypted the way of old OpenSSL: with headers in the block.
    pub(super) fn has_headers(&self) -> bool {
        self.body.contains(':')
    }

    /// Decodes the body.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::Corrupted`] when it is no base64.
    pub(super) fn der(&self) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(self.body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        STANDARD
            .decode(digits.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| KeystoreError::damaged("a PEM block in it is not base64"))
    }
}

/// Whether the bytes hold at least the beginning of a PEM block.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
}

/// Walks over the blocks; what stands between them is skipped.
///
/// # Errors
///
/// [`KeystoreError::Corrupted`], once, for a block without its end or a file that is no text.
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Result<Block<'_>, KeystoreError>> {
    let text = std::str::from_utf8(bytes);
    let broken = text.err().map(|_| Err(KeystoreError::damaged("PEM with bytes that are no text")));
    broken.into_iter().chain(Blocks(text.unwrap_or_default()))
}

struct Blocks<'a>(&'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, KeystoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, after) = self.0.split_once(BEGIN)?;
        let block = split_block(after);
        self.0 = block.map_or("", |(_, rest)| rest);
        let damaged = KeystoreError::damaged("a PEM block in it has no end");
        Some(block.map(|(block, _)| block).ok_or(damaged))
    }
}

/// Splits what follows `-----BEGIN ` into the block and the rest.
fn split_block(after: &str) -> Option<(Block<'_>, &str)> {
    let (label, after) = after.split_once(DASHES)?;
    if label.contains(['\r', '\n']) {
        return None;
    }
    let (body, after) = after.split_once(END)?;
    let (end, rest) = after.split_once(DASHES)?;
    (end == label).then_some((Block { label, body }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<Result<&str, KeystoreError>> {
        blocks(text.as_bytes()).map(|block| block.map(|block| block.label)).collect()
    }

    #[test]
    fn text_around_blocks_and_carriage_returns_do_not_matter() {
        let text = "Bag Attributes\r\n    friendlyName: a\r\n-----BEGIN X Y-----\r\nAQ\r\nI=\r\n\
                    -----END X Y-----\r\ntrailing\n-----BEGIN Z-----\nAQID\n-----END Z-----";
        assert_eq!(labels(text), [Ok("X Y"), Ok("Z")]);
        let decoded: Vec<_> =
            blocks(text.as_bytes()).map(|block| block.unwrap().der().unwrap().to_vec()).collect();
        assert_eq!(decoded, [vec![1, 2], vec![1, 2, 3]]);
    }

    #[test]
    fn a_block_without_its_own_end_is_damaged_and_nothing_is_read_after_it() {
        for text in [
            "-----BEGIN A",
            "-----BEGIN A-----\nAQID\n",
            "-----BEGIN A-----\nAQID\n-----END A",
            "-----BEGIN A-----\nAQID\n-----END B-----\n-----BEGIN C-----\n-----END C-----",
            "-----BEGIN A\nB-----\n-----END A\nB-----",
        ] {
            let found = labels(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(matches!(found[0], Err(KeystoreError::Corrupted { .. })), "{text}");
        }
        assert_eq!(labels("no blocks at all"), []);
    }

    #[test]
    fn headers_and_bad_digits_are_seen() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQ==\n\
                    -----END RSA PRIVATE KEY-----";
        let block = blocks(text.as_bytes()).next().unwrap().unwrap();
        assert!(block.has_headers() && block.is_private_key() && !block.is_certificate());
        assert!(block.der().is_err());
    }
}
