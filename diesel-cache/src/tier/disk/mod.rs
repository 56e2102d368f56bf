//! Entries in files, in the format of cacache.
//!
//! A region's directory is a cacache store, and cacache can read all of it. Each key has an index bucket of its own. An
//! entry of up to [`INLINE`](store::INLINE) bytes is in the bucket itself, as base64 in the index line's metadata, so
//! that a load opens one file. A larger entry is content in a file of its own, named by its hash. A SHA-256 protects
//! both.
//!
//! Processes need no lock between them, because bytes are trusted only if their hash fits. Two writers, a sweep, and a
//! kill at any instruction leave behind an entry that was put, a miss, or an orphan that a later [sweep]
//! removes. [Eviction](evict) at each store keeps the files below the region's bound.
//!
//! | file | what it does |
//! | --- | --- |
//! | `tier` | the files of a region as a [`SharedTier`](super::SharedTier) |
//! | `store` | opens, reads, stores and removes the files of one region |
//! | `bucket`, `line`, `content` | the bucket of one key; one line of it; entries in files of their own |
//! | `names`, `walk` | the names of files; the directories that hold them |
//! | `filter` | which buckets may exist, so that no other is opened |
//! | `mark` | when an entry was last used |
//! | `usage`, `shared` | the size of all files, counted in memory that processes share |
//! | `evict`, `pool` | removing entries when there are too many bytes; which of them go first |
//! | `removal`, `spare` | deleting files, or keeping them for the next entries |
//! | `sweep`, `verify` | removing what no reader can use; reading every entry in full |
//! | `key_locks` | single flight between processes |
//! | `private`, `random` | files that only their owner can read; random numbers |
//!
//! `docs/disk.md` in the repository has the reasons.

mod bucket;
mod content;
mod evict;
mod filter;
mod key_locks;
mod line;
mod mark;
mod names;
mod pool;
mod private;
mod random;
mod removal;
mod shared;
mod spare;
mod store;
mod sweep;
mod tier;
mod usage;
mod verify;
mod walk;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub(crate) use private::create_private_dir;
pub(crate) use tier::DiskTier;
