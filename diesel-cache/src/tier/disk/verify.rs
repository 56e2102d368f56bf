//! Verification: reads every entry in full, and removes damaged ones.

use std::io;
use std::path::Path;

use super::line::Payload;
use super::names::{INDEX, push_hex};
use super::store::DiskStore;
use super::{bucket, content, walk};
use crate::tier::shared::Verified;

impl DiskStore {
    /// Reads every entry, and checks the hash of its index line, the hash of its content, and the key in its bytes.
    ///
    /// # Errors
    ///
    /// If a damaged entry cannot be removed.
    pub(super) fn verify(&self) -> io::Result<Verified> {
        let mut verified = Verified::default();
        for file in walk::leaves(&self.directory.join(INDEX)).flat_map(|leaf| walk::list(&leaf)) {
            let path = file.path();
            // An entry that is replaced while it is read may look damaged once.
            match self.whole(&path).or_else(|| self.whole(&path)) {
                Some(Some(bytes)) => {
                    verified.entries += 1;
                    verified.bytes += bytes;
                }
                // The entry was removed, or is not written yet.
                Some(None) => {}
                None => verified.removed += u64::from(self.discard(&path)?.is_some()),
            }
        }
        Ok(verified)
    }

    /// Returns the size of an entry; `Some(None)` if there is none, and `None` if it is damaged.
    fn whole(&self, path: &Path) -> Option<Option<u64>> {
        let Some(lines) = bucket::read(path).ok()?.filter(|lines| lines.size > 0) else {
            return Some(None);
        };
        let (name, held) = bucket::entry(&self.directory, path, &lines)?;
        let bytes = match held {
            Payload::Inline(bytes) => bytes?,
            Payload::Content(digest, _) => content::read(&self.directory, &digest).ok()??,
        };
        let mut named = String::with_capacity(64);
        push_hex(&mut named, bytes.get(4..36)?);
        (named == name).then_some(Some(bytes.len() as u64))
    }
}
