//! The extra part that a query adds to its key.

use std::fmt;

use sha2::{Digest, Sha256};

use super::cache_key::CacheKey;

/// The name from `.key(…)`. It is copied with its query, so a long name is stored as its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExtraKey(Form);

/// Names up to this length are stored inline. An id in hexadecimal fits.
const SHORT: usize = 38;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    None,
    Short { length: u8, bytes: [u8; SHORT] },
    Long([u8; 32]),
}

impl ExtraKey {
    /// No name, which differs from an empty name.
    pub(crate) const NONE: Self = Self(Form::None);

    pub(crate) fn new(key: &str) -> Self {
        Self(match key.len() {
            length @ 0..=SHORT => {
                let mut bytes = [0; SHORT];
                bytes[..length].copy_from_slice(key.as_bytes());
                Form::Short {
                    length: length as u8,
                    bytes,
                }
            }
            _ => Form::Long(Sha256::digest(key).into()),
        })
    }

    /// Returns the bytes of a short name, or `Err` with the SHA-256 of a long one.
    #[inline]
    pub(super) fn bytes(&self) -> Option<Result<&[u8], &[u8; 32]>> {
        match &self.0 {
            Form::None => None,
            Form::Short { length, bytes } => Some(Ok(&bytes[..usize::from(*length)])),
            Form::Long(hash) => Some(Err(hash)),
        }
    }
}

impl From<Option<&str>> for ExtraKey {
    fn from(key: Option<&str>) -> Self {
        key.map_or(Self::NONE, Self::new)
    }
}

impl fmt::Debug for ExtraKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes() {
            None => f.write_str("None"),
            Some(Ok(bytes)) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Some(Err(hash)) => write!(f, "SHA-256 {}", CacheKey::from_bytes(*hash)),
        }
    }
}
