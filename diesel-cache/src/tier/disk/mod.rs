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
