//! Splits a PEM file into its blocks (RFC 7468). Accepts text between blocks, CRLF and lines of any
//! length.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::keys::error::KeystoreError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// A block that is not decoded yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    /// Returns true for an X.509 certificate with any of the usual labels.
    pub(super) fn is_certificate(&self) -> bool {
        // RFC 7468 section 5.1 permits the second label of old OpenSSL versions.
        matches!(self.label, "CERTIFICATE" | "X509 CERTIFICATE")
    }

    /// Returns true for a private key, supported or not.
    pub(super) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    /// Returns true for the traditional encryption of OpenSSL, which adds headers to the block.
    pub(super) fn has_headers(&self) -> bool {
        self.body.contains(':')
    }

    pub(super) fn der(&self) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(self.body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        STANDARD
            .decode(digits.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| KeystoreError::corrupted("PEM block is not base64"))
    }
}

/// Returns true if the file contains the beginning of a PEM block.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    // Anywhere: OpenSSL writes bag attributes as text before the block.
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
}

/// Iterates over the blocks, ignoring text between them.
///
/// Returns [`KeystoreError::Corrupted`] as the last item if a block has no end, or as the first if
/// the file is not text.
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Result<Block<'_>, KeystoreError>> {
    let text = std::str::from_utf8(bytes);
    let broken = text.err().map(|_| Err(KeystoreError::corrupted("PEM is not text")));
    broken.into_iter().chain(Blocks(text.unwrap_or_default()))
}

struct Blocks<'a>(&'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, KeystoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, after) = self.0.split_once(BEGIN)?;
        let block = split_block(after);
        // Ends the iteration after a block without end.
        self.0 = block.map_or("", |(_, rest)| rest);
        let corrupted = KeystoreError::corrupted("PEM block without end");
        Some(block.map(|(block, _)| block).ok_or(corrupted))
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
    fn text_between_blocks_and_carriage_returns_are_ignored() {
        let text = "Bag Attributes\r\n    friendlyName: a\r\n-----BEGIN X Y-----\r\nAQ\r\nI=\r\n\
                    -----END X Y-----\r\ntrailing\n-----BEGIN Z-----\nAQID\n-----END Z-----";
        assert_eq!(labels(text), [Ok("X Y"), Ok("Z")]);
        let decoded: Vec<_> =
            blocks(text.as_bytes()).map(|block| block.unwrap().der().unwrap().to_vec()).collect();
        assert_eq!(decoded, [vec![1, 2], vec![1, 2, 3]]);
    }

    #[test]
    fn a_block_without_its_end_is_corrupted_and_ends_the_iteration() {
        for text in [
            "-----BEGIN A",
            "-----BEGIN A-----\nAQID\n",
            "-----BEGIN A-----\nAQID\n-----END A",
            "-----BEGIN A-----\nAQID\n-----END B-----\n-----BEGIN C-----\n-----END C-----",
            "-----BEGIN A\nB-----\n-----END A\nB-----",
        ] {
            let labels = labels(text);
            assert_eq!(labels.len(), 1, "{text}");
            assert!(matches!(labels[0], Err(KeystoreError::Corrupted { .. })), "{text}");
        }
        assert_eq!(labels("no blocks at all"), []);
    }

    #[test]
    fn headers_are_detected() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQ==\n\
                    -----END RSA PRIVATE KEY-----";
        let block = blocks(text.as_bytes()).next().unwrap().unwrap();
        assert!(block.has_headers() && block.is_private_key() && !block.is_certificate());
        assert!(block.der().is_err());
    }
}
