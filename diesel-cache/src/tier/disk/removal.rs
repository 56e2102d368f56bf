//! Removes buckets with their content, and the directories that they leave empty. A store that is nearly full puts the
//! files [aside](super::spare) instead, because the next entries will need some.

use std::io;
use std::path::Path;

use super::line::Payload;
use super::store::DiskStore;
use super::usage::blocks;
use super::{bucket, content, names, private};

impl DiskStore {
    /// Removes a bucket and the content of its entry. Returns the bytes that this frees; `None` if there was no bucket.
    pub(super) fn discard(&self, path: &Path) -> io::Result<Option<u64>> {
        // A bucket that cannot be read can still be removed.
        let lines = bucket::read(path).ok().flatten();
        if !self.remove_file(path)? {
            return Ok(None);
        }
        let Some(lines) = lines else { return Ok(Some(0)) };
        let mut freed = blocks(lines.size);
        self.usage().removed(1, freed);
        if let Some((_, Payload::Content(digest, size))) = bucket::entry(&self.directory, path, &lines) {
            self.remove_content(&digest, size);
            freed += blocks(size);
        }
        Ok(Some(freed))
    }

    /// Deletes content, and the directories that it leaves empty. Content that replaces it has another hash, and so
    /// another path.
    ///
    /// If this fails, the content becomes an orphan, which is not an error.
    pub(super) fn remove_content(&self, digest: &names::Digest, size: u64) {
        let path = names::content_path(&self.directory, digest);
        if self.remove_file(&path).unwrap_or(false) {
            self.usage().removed(0, blocks(size));
        }
        self.remove_empty_leaf(&path);
    }

    /// Removes a file, or whatever is in its place. Returns `false` if there was nothing.
    pub(super) fn remove_file(&self, path: &Path) -> io::Result<bool> {
        match self.is_nearly_full() {
            true => self.spares.keep(&self.directory, path, &self.random),
            false => private::remove_any(path),
        }
    }

    /// Removes the leaf of a file, and the branch above it, if that leaves them empty.
    pub(super) fn remove_empty_leaf(&self, path: &Path) {
        match self.is_nearly_full() {
            true => self.spares.keep_leaf(&self.directory, path, &self.random),
            false => content::remove_empty_parents(path),
        }
    }

    /// Returns `true` if the next store will need files that this one removes.
    fn is_nearly_full(&self) -> bool {
        self.max_capacity
            .is_some_and(|bound| self.usage().bytes() > bound - bound / 8)
    }
}
