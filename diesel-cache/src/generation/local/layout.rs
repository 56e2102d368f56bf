//! The layout of the file. All offsets are in 64-bit words.

use crate::generation::{shape::LISTS, slot::SLOTS};

/// Marks a file of this crate.
pub(super) const MAGIC: u64 = u64::from_ne_bytes(*b"dslcache");
/// The version of the layout. Raise it when anything in the layout changes its position or meaning. It is read in the
/// machine's byte order, so a file of another order has another version.
pub(super) const VERSION: u64 = 5;

/// Words of the header page.
pub(super) mod header {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const VERSION: usize = 1;
    /// The 128-bit id of the boot in which the file was last opened; 0 if unknown.
    pub(crate) const BOOT: usize = 2;
    /// The seal of a clean close; see `seal`.
    pub(crate) const CLEAN: usize = 4;
    /// Random; a stamp of another epoch is invalid.
    pub(crate) const EPOCH: usize = 5;
    /// Not 0 if another file has taken this one's place.
    pub(crate) const RETIRED: usize = 6;
    /// One page, so that what follows is page-aligned.
    pub(crate) const WORDS: usize = 512;
}

/// Words of a writer's record.
pub(super) mod record {
    /// Inode and device of the writer's lock file; 0 where there are none.
    pub(crate) const LOCK: usize = 0;
    /// Random, new with every claim.
    pub(crate) const CLAIM: usize = 2;
    /// How long the writer's fences are in doubt after its death, in milliseconds; 0 if its statements cannot commit
    /// after its death.
    pub(crate) const GRACE: usize = 3;
    /// When the death was noticed, in milliseconds since the boot; 0 if it has not been.
    pub(crate) const DIED: usize = 4;
    /// Not 0 if some fence has no session on record, so that only the grace settles it.
    pub(crate) const UNNAMED: usize = 5;
    /// Not 0 if the id is claimed and may have fences.
    pub(crate) const IN_USE: usize = 6;
    /// Pairs of (server, session). A session of 0 is none.
    pub(crate) const SESSIONS: usize = 8;
    pub(crate) const SESSION_COUNT: usize = 12;
    pub(crate) const WORDS: usize = 32;
}

/// Writer ids: one bit each in a slot's seven fence words.
pub(super) const WRITERS: usize = 448;
/// The id for the fences of writers whose state was lost: those of the previous boot if it ended uncleanly, and those
/// of a file that was replaced.
pub(super) const GHOST: usize = 446;
/// The id that processes share if they find no other id free.
pub(super) const OVERFLOW: usize = 447;
/// Ids below this one belong to one process at a time.
pub(super) const CLAIMABLE: usize = 446;

/// A slot is one cache line: the generation, then the fences.
pub(super) const SLOT_WORDS: usize = 8;
pub(super) const RECORDS_AT: usize = header::WORDS;
pub(super) const SLOTS_AT: usize = RECORDS_AT + WRITERS * record::WORDS;
/// The shapes of a table that are in use: two cache lines.
pub(super) const LIST_WORDS: usize = 16;

pub(super) const LISTS_AT: usize = SLOTS_AT + SLOTS as usize * SLOT_WORDS;
pub(super) const WORDS: usize = LISTS_AT + LISTS as usize * LIST_WORDS;
pub(super) const BYTES: u64 = WORDS as u64 * 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_aligned() {
        assert_eq!(RECORDS_AT % 512, 0);
        assert_eq!(SLOTS_AT % SLOT_WORDS, 0, "a slot is one cache line");
        assert_eq!(BYTES % 4096, 0);
        assert_eq!(WRITERS, (SLOT_WORDS - 1) * 64);
        assert_eq!(record::SESSIONS + 2 * record::SESSION_COUNT, record::WORDS);
    }
}
