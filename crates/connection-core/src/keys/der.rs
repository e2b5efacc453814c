//! A DER parser without allocations (X.690 section 10).

use crate::keys::error::KeystoreError;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0] EXPLICIT`.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// `[0] IMPLICIT` over a primitive type.
pub(super) const CONTEXT_0_PRIMITIVE: u8 = 0x80;

/// An element; `whole` is its encoding including tag and length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Iterates over a sequence of elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct DerReader<'a>(&'a [u8]);

impl<'a> DerReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the next element of any tag.
    pub(super) fn any(&mut self) -> Result<Element<'a>, KeystoreError> {
        const CORRUPTED: KeystoreError =
            KeystoreError::corrupted("ASN.1 is truncated or malformed");
        let (&[tag, first], rest) = self.0.split_first_chunk().ok_or(CORRUPTED)?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            // Valid in PKCS#12, so that the error must not call the file corrupted.
            0x80 => {
                return Err(KeystoreError::unsupported_encryption(
                    "BER encoding of indefinite length",
                ));
            }
            // Four bytes are more than any file that is accepted needs, and cannot overflow.
            0x81..=0x84 => {
                let (digits, rest) =
                    rest.split_at_checked(usize::from(first & 0x7f)).ok_or(CORRUPTED)?;
                let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
                (length, rest)
            }
            _ => return Err(CORRUPTED),
        };
        // These formats use no multi-byte tags.
        if tag & 0x1f == 0x1f {
            return Err(CORRUPTED);
        }
        let (content, rest) = rest.split_at_checked(length).ok_or(CORRUPTED)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - rest.len()).ok_or(CORRUPTED)?;
        self.0 = rest;
        Ok(Element { tag, content, whole })
    }

    /// Reads the next element, which must have the tag.
    pub(super) fn element(&mut self, tag: u8) -> Result<Element<'a>, KeystoreError> {
        let element = self.any()?;
        if element.tag == tag {
            return Ok(element);
        }
        // The constructed form of the tag: a string in pieces, which only BER has.
        if element.tag == tag | 0x20 {
            return Err(KeystoreError::unsupported_encryption("constructed BER encoding"));
        }
        Err(KeystoreError::corrupted("unexpected ASN.1 structure"))
    }

    /// Reads the content of the next element, which must have the tag.
    pub(super) fn content(&mut self, tag: u8) -> Result<&'a [u8], KeystoreError> {
        self.element(tag).map(|element| element.content)
    }

    /// Reads the next element and returns a reader of its content.
    pub(super) fn enter(&mut self, tag: u8) -> Result<Self, KeystoreError> {
        self.content(tag).map(Self)
    }

    /// Reads the content of the next element if it has the tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, KeystoreError> {
        if self.0.first() == Some(&tag) { self.content(tag).map(Some) } else { Ok(None) }
    }

    /// Reads a non-negative INTEGER. Saturates at `u64::MAX`.
    pub(super) fn unsigned(&mut self) -> Result<u64, KeystoreError> {
        let digits = self.content(INTEGER)?;
        if digits.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(KeystoreError::corrupted("negative or empty number"));
        }
        let significant = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
        let digits = digits.get(significant..).unwrap_or_default();
        // Such a number of iterations exceeds the budget in any case.
        if digits.len() > size_of::<u64>() {
            return Ok(u64::MAX);
        }
        Ok(digits.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit)))
    }
}

/// An `AlgorithmIdentifier`: the encoded OID and optional parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct AlgorithmIdentifier<'a> {
    pub(super) oid: &'a [u8],
    pub(super) parameters: Option<Element<'a>>,
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(super) fn read(reader: &mut DerReader<'a>) -> Result<Self, KeystoreError> {
        let mut inside = reader.enter(SEQUENCE)?;
        let oid = inside.content(OID)?;
        let parameters = if inside.is_empty() { None } else { Some(inside.any()?) };
        Ok(Self { oid, parameters })
    }

    /// Returns a reader of the parameters, which must be a SEQUENCE.
    pub(super) fn parameters(&self) -> Result<DerReader<'a>, KeystoreError> {
        match self.parameters {
            Some(Element { tag: SEQUENCE, content, .. }) => Ok(DerReader(content)),
            _ => Err(KeystoreError::corrupted("algorithm without parameters")),
        }
    }
}

/// Formats an OID for messages.
pub(super) fn dotted(oid: &[u8]) -> String {
    use std::fmt::Write as _;
    // The bound keeps messages short.
    let Some((&first, rest)) = oid.split_first().filter(|_| oid.len() <= 24) else {
        return "an invalid OID".to_owned();
    };
    let mut text = format!("OID {}.{}", (first / 40).min(2), first - (first / 40).min(2) * 40);
    let mut arc = 0_u128;
    for byte in rest {
        arc = arc << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, ".{arc}");
            arc = 0;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_order_and_never_past_the_end() {
        let mut reader = DerReader::new(&[0x30, 0x03, 0x02, 0x01, 0x05, 0x04, 0x81, 0x01, 0xaa]);
        assert_eq!(reader.enter(SEQUENCE).unwrap().unsigned(), Ok(5));
        assert_eq!(reader.content(OCTET_STRING), Ok(&[0xaa][..]));
        assert!(reader.is_empty());
        for cut in [
            &[][..],
            &[0x30],
            &[0x30, 0x01],
            &[0x30, 0x82, 0xff],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x1f, 0x00],
        ] {
            let result = DerReader::new(cut).any();
            assert!(matches!(result, Err(KeystoreError::Corrupted { .. })), "{cut:?}");
        }
    }

    #[test]
    fn ber_is_distinguished_from_corruption() {
        for ber in [&[0x30, 0x80, 0, 0][..], &[0x24, 0x02, 0x04, 0x00]] {
            let result = DerReader::new(ber).content(OCTET_STRING);
            assert!(matches!(result, Err(KeystoreError::UnsupportedEncryption { .. })), "{ber:?}");
        }
    }

    #[test]
    fn integers_saturate_and_negative_ones_are_rejected() {
        let read = |bytes: &[u8]| DerReader::new(bytes).unsigned();
        assert_eq!(read(&[0x02, 0x02, 0x00, 0xff]), Ok(255));
        assert_eq!(read(&[0x02, 0x0a, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Ok(u64::MAX));
        assert!(read(&[0x02, 0x01, 0xff]).is_err());
        assert!(read(&[0x02, 0x00]).is_err());
    }

    #[test]
    fn oids_are_formatted_with_dots() {
        assert_eq!(
            dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]),
            "OID 1.2.840.113549.1.1"
        );
        assert_eq!(dotted(&[0x55, 0x04]), "OID 2.5.4");
        assert_eq!(dotted(&[]), "an invalid OID");
    }
}
