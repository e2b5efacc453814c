//! Digests of the inputs of a token.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The first half of a SHA-256.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Digest([u8; 16]);

impl Digest {
    /// Returns the digest of a value's JSON form.
    pub fn from_json(value: &impl Serialize) -> Self {
        // Only a map with keys that are not strings has no JSON form. Its digest would differ from
        // all recorded ones, so that a token is requested.
        Self::from_bytes(&serde_json::to_vec(value).unwrap_or_default())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        // 128 bits resist second preimages, and keep the annotations short.
        let mut half = [0; 16];
        half.copy_from_slice(&digest::digest(&digest::SHA256, bytes).as_ref()[..16]);
        Self(half)
    }
}

/// Builds a digest from parts. Each part is prefixed with its length, so different sequences of parts
/// have different digests.
pub struct DigestBuilder(digest::Context);

impl DigestBuilder {
    pub fn new(salt: &[u8]) -> Self {
        let mut builder = Self(digest::Context::new(&digest::SHA256));
        builder.add(salt);
        builder
    }

    pub fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    pub fn finish(self) -> Digest {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0.finish().as_ref()[..16]);
        Digest(half)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(de::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| de::Error::custom("a digest has 16 bytes"))
    }
}
