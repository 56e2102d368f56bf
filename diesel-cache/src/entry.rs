//! Entries: a header and the encoded rows, stored together.
//!
//! | bytes | contents |
//! | --- | --- |
//! | 4 | `DCE` and the format's version |
//! | 32 | the full key: an entry found under another key is never returned |
//! | 16 | the layout of the row type |
//! | 8 + 8 | stored at, expires at, in Unix milliseconds |
//! | 8 | the region's soft generation |
//! | 4 | how long it took to get the rows, in microseconds |
//! | variable | the stamp, which encodes its length |
//! | rest | the rows, in postcard |
//!
//! All numbers are little-endian. The store checks the integrity of the bytes.

use std::any::Any;
use std::num::NonZeroU64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::cacheable::{Cacheable, Layout, decode_rows};
use crate::clock::Millis;
use crate::generation::{Slot, Stamp};
use crate::key::{CacheKey, MemoryKey};

const MAGIC: [u8; 4] = *b"DCE\x02";
/// The size in bytes of the header of an entry that depends on a few slots.
const TYPICAL_HEADER: usize = 192;

/// Everything that decides whether rows may be returned.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) key: CacheKey,
    pub(crate) layout: Layout,
    pub(crate) stored_at: Millis,
    pub(crate) expires_at: Millis,
    /// The soft generation of the region when the stamp was taken. If it has changed since, the entry is stale, not
    /// invalid.
    pub(crate) soft: u64,
    /// How long it took to get the rows.
    pub(crate) cost: Cost,
    pub(crate) stamp: Stamp,
}

/// A duration in microseconds, up to an hour and eleven minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(u32);

impl From<Duration> for Cost {
    fn from(duration: Duration) -> Self {
        Self(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX))
    }
}

impl Cost {
    pub(crate) fn micros(self) -> u64 {
        self.0.into()
    }
}

impl Header {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(self.key.as_bytes());
        out.extend_from_slice(&self.layout.to_bytes());
        out.extend_from_slice(&self.stored_at.0.to_le_bytes());
        out.extend_from_slice(&self.expires_at.0.to_le_bytes());
        out.extend_from_slice(&self.soft.to_le_bytes());
        out.extend_from_slice(&self.cost.0.to_le_bytes());
        self.stamp.encode(out);
    }

    /// Reads the header of an entry, and returns the rows that follow it; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut rest = Decoder(bytes);
        if rest.array::<4>()? != MAGIC {
            return None;
        }
        let key = CacheKey::from_bytes(rest.array()?);
        let layout = Layout::from_bytes(rest.array()?);
        let stored_at = Millis(u64::from_le_bytes(rest.array()?));
        let expires_at = Millis(u64::from_le_bytes(rest.array()?));
        let soft = u64::from_le_bytes(rest.array()?);
        let cost = Cost(u32::from_le_bytes(rest.array()?));
        let (stamp, rows) = Stamp::decode(rest.0)?;
        let header = Self {
            key,
            layout,
            stored_at,
            expires_at,
            soft,
            cost,
            stamp,
        };
        Some((header, rows))
    }
}

/// Encoded rows, with their header.
pub(crate) struct Entry {
    /// The key by which memory finds the entry. Not stored.
    pub(crate) memory_key: MemoryKey,
    /// The slot that is moved to invalidate this entry by its key. Stored only as a slot of the stamp.
    pub(crate) key_slot: Slot,
    pub(crate) header: Header,
    /// When the entry was last used, as far as this process knows. Not stored.
    pub(crate) usage: Usage,
    /// The encoded rows, preceded by the encoded header if the entry came from a file.
    bytes: Vec<u8>,
    rows_at: usize,
    /// A footprint all of whose slots the stamp is known to hold; 0 if there is none. Not stored.
    covers: AtomicU64,
    /// Where the engine counts the hits of the entry's statement; 0 before the first hit. Not stored.
    pub(crate) statement: AtomicU64,
    /// The decoded rows, once a caller has requested shared ones: an `Arc<[U]>`.
    shared: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// When an entry was used, in Unix milliseconds.
#[derive(Debug)]
pub(crate) struct Usage {
    used_at: AtomicU64,
    /// The last use that is noted in the entry's file.
    noted_at: AtomicU64,
}

impl Usage {
    fn new(used_at: Millis, noted_at: Millis) -> Self {
        Self {
            used_at: used_at.0.into(),
            noted_at: noted_at.0.into(),
        }
    }

    pub(crate) fn used_at(&self) -> Millis {
        Millis(self.used_at.load(Relaxed))
    }

    /// Marks the entry as used.
    #[inline]
    pub(crate) fn mark(&self, now: Millis) {
        // Threads that hit one entry within a tick of the clock only read.
        if self.used_at.load(Relaxed) != now.0 {
            self.used_at.store(now.0, Relaxed);
        }
    }

    /// Returns `true` if no use has been noted in the file for this interval, in milliseconds.
    #[inline]
    pub(crate) fn is_note_due(&self, now: Millis, interval: u64) -> bool {
        is_due(self.noted_at.load(Relaxed), now, interval)
    }

    /// Like [`is_note_due`](Self::is_note_due), but returns `true` to only one of the threads that call it.
    pub(crate) fn claim_note(&self, now: Millis, interval: u64) -> bool {
        let noted_at = self.noted_at.load(Relaxed);
        is_due(noted_at, now, interval)
            && self
                .noted_at
                .compare_exchange(noted_at, now.0, Relaxed, Relaxed)
                .is_ok()
    }
}

/// Returns `true` if a note is due. A note from the future does not count.
#[inline]
fn is_due(noted_at: u64, now: Millis, interval: u64) -> bool {
    now.0.checked_sub(noted_at).is_none_or(|age| age >= interval)
}

impl Entry {
    /// Creates an entry of new rows.
    pub(crate) fn new(memory_key: MemoryKey, key_slot: Slot, header: Header, rows: Vec<u8>) -> Self {
        Self {
            memory_key,
            key_slot,
            usage: Usage::new(header.stored_at, header.stored_at),
            header,
            bytes: rows,
            rows_at: 0,
            covers: AtomicU64::new(0),
            statement: AtomicU64::new(0),
            shared: OnceLock::new(),
        }
    }

    /// Returns `true` if the stamp is known to hold all slots of this footprint.
    #[inline]
    pub(crate) fn is_known_to_cover(&self, footprint: NonZeroU64) -> bool {
        self.covers.load(Relaxed) == footprint.get()
    }

    /// Notes that the stamp holds all slots of this footprint.
    pub(crate) fn note_cover(&self, footprint: NonZeroU64) {
        self.covers.store(footprint.get(), Relaxed);
    }

    /// Returns the encoded rows.
    pub(crate) fn rows(&self) -> &[u8] {
        &self.bytes[self.rows_at..]
    }

    /// Returns the size of the encoded rows, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.rows_at
    }

    pub(crate) fn decode<U: Cacheable>(&self) -> Option<Vec<U>> {
        (self.header.layout == U::LAYOUT)
            .then(|| decode_rows(self.rows()).ok())
            .flatten()
    }

    /// Returns the rows as a shared object, which is the same for all callers that request the same type.
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

    /// Encodes the entry for a file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TYPICAL_HEADER + self.len());
        self.header.encode(&mut out);
        out.extend_from_slice(self.rows());
        out
    }

    /// Decodes an entry that was last used at `used_at`. Returns `None` for anything that [`to_bytes`](Self::to_bytes)
    /// did not write.
    pub(crate) fn from_bytes(
        memory_key: MemoryKey,
        key_slot: Slot,
        bytes: Vec<u8>,
        used_at: Option<Millis>,
    ) -> Option<Self> {
        let (header, rows) = Header::decode(&bytes)?;
        let rows_at = bytes.len() - rows.len();
        Some(Self {
            memory_key,
            key_slot,
            // If the last use is unknown, the next use is noted.
            usage: Usage::new(used_at.unwrap_or(header.stored_at), used_at.unwrap_or(Millis(0))),
            header,
            bytes,
            rows_at,
            covers: AtomicU64::new(0),
            statement: AtomicU64::new(0),
            shared: OnceLock::new(),
        })
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Does not show the rows, which are the user's data.
        f.debug_struct("Entry")
            .field("key", &self.header.key)
            .field("bytes", &self.len())
            .finish_non_exhaustive()
    }
}

struct Decoder<'a>(&'a [u8]);

impl Decoder<'_> {
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
    use crate::generation::{GenerationOptions, Generations};

    type Row = (i32, String, Option<String>);

    fn memory_key() -> MemoryKey {
        MemoryKey::of_value(CacheKey::from_bytes([7; 32]))
    }

    fn slot() -> Slot {
        Slot::key(&[7; 32])
    }

    fn entry() -> Entry {
        let rows: Vec<Row> = (0..4).map(|id| (id - 2, format!("name {id}"), None)).collect();
        let slots = ["person", "address"].map(|table| Slot::table("", table));
        let stamp = Generations::in_process(GenerationOptions::default())
            .stamp(slots)
            .unwrap();
        let header = Header {
            key: CacheKey::from_bytes([7; 32]),
            layout: Row::LAYOUT,
            stored_at: Millis(5),
            expires_at: Millis(12),
            soft: 3,
            cost: Duration::from_micros(71).into(),
            stamp,
        };
        Entry::new(memory_key(), slot(), header, encode_rows(&rows).unwrap())
    }

    #[test]
    fn an_entry_is_read_back() {
        let (written, bytes) = (entry(), entry().to_bytes());
        let read = Entry::from_bytes(memory_key(), slot(), written.to_bytes(), None).unwrap();
        let (one, other) = (&read.header, &written.header);
        assert_eq!(
            (one.key, one.layout, &one.stamp),
            (other.key, other.layout, &other.stamp)
        );
        assert_eq!((one.stored_at, one.expires_at), (Millis(5), Millis(12)));
        assert_eq!((one.soft, one.cost.micros()), (3, 71));
        assert_eq!(read.rows(), written.rows());
        assert_eq!(read.decode::<Row>(), written.decode::<Row>());
        assert_eq!(read.to_bytes().len(), bytes.len());
        assert!(read.decode::<(i32, String)>().is_none(), "another type");
    }

    #[test]
    fn a_use_is_noted_once_an_interval() {
        let entry = entry();
        let minute = 60_000;
        let mut noted = (0..300_u64).filter(|second| {
            let now = Millis(5 + second * 1000);
            entry.usage.mark(now);
            let is_due = entry.usage.is_note_due(now, minute);
            let claimed = entry.usage.claim_note(now, minute);
            assert_eq!(claimed, is_due);
            assert!(!entry.usage.is_note_due(now, minute), "one note is enough");
            claimed
        });
        assert_eq!(noted.by_ref().collect::<Vec<_>>(), [60, 120, 180, 240]);
        assert_eq!(entry.usage.used_at(), Millis(5 + 299_000));
        let read = Entry::from_bytes(memory_key(), slot(), entry.to_bytes(), None).unwrap();
        assert!(read.usage.claim_note(Millis(99_000), minute), "the last use is unknown");
        assert!(
            read.usage.claim_note(Millis(10), minute),
            "a note from the future does not count"
        );
    }

    /// Stores check the integrity of bytes. Decoding must not panic even if one did not.
    #[test]
    fn decoding_damaged_bytes_does_not_panic() {
        let bytes = entry().to_bytes();
        let survive =
            |bytes: Vec<u8>| Entry::from_bytes(memory_key(), slot(), bytes, None).map(|entry| entry.decode::<Row>());
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
