//! What is stored: a header and the encoded rows, together.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `DCE` and the format's version |
//! | 32 | the full key: an entry found under another key is never returned |
//! | 16 | the layout of the row type |
//! | 8 + 8 | stored at, expires at, in Unix milliseconds |
//! | some | the stamp, which knows its length |
//! | rest | the rows, in postcard |
//!
//! All numbers are little-endian. Integrity of the bytes is the store's business.

use std::any::Any;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::cacheable::{Cacheable, Layout, decode_rows};
use crate::clock::Millis;
use crate::generation::Stamp;
use crate::key::CacheKey;

const MAGIC: [u8; 4] = *b"DCE\x01";
/// Bytes in front of the rows of an entry that depends on a handful of slots.
const TYPICAL_HEADER: usize = 192;

/// Rows with everything needed to decide whether they may be returned.
pub(crate) struct Entry {
    pub(crate) key: CacheKey,
    pub(crate) layout: Layout,
    pub(crate) stored_at: Millis,
    pub(crate) expires_at: Millis,
    pub(crate) stamp: Stamp,
    /// The encoded rows, behind the encoded header when the entry came from a file.
    bytes: Vec<u8>,
    rows_at: usize,
    /// The decoded rows, once somebody has asked for shared ones: an `Arc<[U]>`.
    shared: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Entry {
    pub(crate) fn new(
        key: CacheKey,
        layout: Layout,
        stored_at: Millis,
        time_to_live: Option<Duration>,
        stamp: Stamp,
        rows: Vec<u8>,
    ) -> Self {
        let expires_at = time_to_live.map_or(Millis::NEVER, |ttl| stored_at.after(ttl));
        Self {
            key,
            layout,
            stored_at,
            expires_at,
            stamp,
            bytes: rows,
            rows_at: 0,
            shared: OnceLock::new(),
        }
    }

    /// The encoded rows.
    pub(crate) fn rows(&self) -> &[u8] {
        &self.bytes[self.rows_at..]
    }

    /// Size of the encoded rows, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.rows_at
    }

    pub(crate) fn decode<U: Cacheable>(&self) -> Option<Vec<U>> {
        (self.layout == U::LAYOUT)
            .then(|| decode_rows(self.rows()).ok())
            .flatten()
    }

    /// The rows as one shared object: the same for every caller that asks for the same type.
    pub(crate) fn shared<U: Cacheable + Send + Sync>(&self) -> Option<Arc<[U]>> {
        if let Some(rows) = self.shared.get() {
            if let Some(rows) = rows.downcast_ref::<Arc<[U]>>() {
                return Some(Arc::clone(rows));
            }
            return self.decode().map(Arc::from);
        }
        let rows: Arc<[U]> = Arc::from(self.decode::<U>()?);
        let kept = self.shared.get_or_init(|| Box::new(Arc::clone(&rows)));
        Some(kept.downcast_ref::<Arc<[U]>>().map_or(rows, Arc::clone))
    }

    /// Keeps rows that were just encoded into this entry, so that the next caller need not decode them.
    pub(crate) fn share<U: Send + Sync + 'static>(&self, rows: &Arc<[U]>) {
        self.shared.get_or_init(|| Box::new(Arc::clone(rows)));
    }

    /// The entry as bytes for a file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TYPICAL_HEADER + self.len());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(self.key.as_bytes());
        out.extend_from_slice(&self.layout.to_bytes());
        out.extend_from_slice(&self.stored_at.0.to_le_bytes());
        out.extend_from_slice(&self.expires_at.0.to_le_bytes());
        self.stamp.encode(&mut out);
        out.extend_from_slice(self.rows());
        out
    }

    /// Reads an entry back; `None` for anything that [`to_bytes`](Self::to_bytes) did not write.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let mut rest = Reader(&bytes);
        if rest.array::<4>()? != MAGIC {
            return None;
        }
        let key = CacheKey::from_bytes(rest.array()?);
        let layout = Layout::from_bytes(rest.array()?);
        let stored_at = Millis(u64::from_le_bytes(rest.array()?));
        let expires_at = Millis(u64::from_le_bytes(rest.array()?));
        let (stamp, rows) = Stamp::decode(rest.0)?;
        let rows_at = bytes.len() - rows.len();
        Some(Self {
            key,
            layout,
            stored_at,
            expires_at,
            stamp,
            bytes,
            rows_at,
            shared: OnceLock::new(),
        })
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the rows: they are the user's data.
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("bytes", &self.len())
            .finish_non_exhaustive()
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk()?;
        self.0 = tail;
        Some(*head)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cacheable::encode_rows;
    use crate::generation::{Generations, Options, Slot};

    type Row = (i32, String, Option<String>);

    fn entry() -> Entry {
        let rows: Vec<Row> = (0..4).map(|id| (id - 2, format!("name {id}"), None)).collect();
        let slots = ["person", "address"].map(|table| Slot::table("", table));
        let stamp = Generations::in_process(Options::default()).stamp(slots).unwrap();
        let (key, rows) = (CacheKey::from_bytes([7; 32]), encode_rows(&rows).unwrap());
        Entry::new(key, Row::LAYOUT, Millis(5), Some(Duration::from_millis(7)), stamp, rows)
    }

    #[test]
    fn what_is_written_is_read() {
        let (written, bytes) = (entry(), entry().to_bytes());
        let read = Entry::from_bytes(written.to_bytes()).unwrap();
        assert_eq!(
            (read.key, read.layout, read.stamp.clone()),
            (written.key, written.layout, written.stamp.clone())
        );
        assert_eq!((read.stored_at, read.expires_at), (Millis(5), Millis(12)));
        assert_eq!(read.rows(), written.rows());
        assert_eq!(read.decode::<Row>(), written.decode::<Row>());
        assert_eq!(read.to_bytes().len(), bytes.len());
        assert!(read.decode::<(i32, String)>().is_none(), "another type");
    }

    /// Stores check the integrity of bytes: this is what stands if one did not.
    #[test]
    fn no_damage_makes_it_panic() {
        let bytes = entry().to_bytes();
        let survive = |bytes: Vec<u8>| Entry::from_bytes(bytes).map(|entry| entry.decode::<Row>());
        for end in 0..bytes.len() {
            let cut = survive(bytes[..end].to_vec());
            assert!(cut.flatten().is_none(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                let mut flipped = bytes.clone();
                flipped[at] ^= mask;
                let _ = survive(flipped);
            }
        }
        let longer = [&*bytes, &[0]].concat();
        assert!(survive(longer).flatten().is_none(), "one byte too many");
        assert!(survive(Vec::new()).is_none());
    }
}
