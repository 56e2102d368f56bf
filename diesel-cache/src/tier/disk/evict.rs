//! Eviction: removes the worst entries until the files take less than the region's bound.

use std::fs;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use super::line::Payload;
use super::mark::UseMark;
use super::names::INDEX;
use super::pool::{Candidate, Pool};
use super::store::DiskStore;
use super::{content, names, walk};
use crate::tier::shared::{Evicted, HEAD};

/// The number of entries in one sample.
const SAMPLE: usize = 16;
/// One of this many sampled entries is evicted.
const EACH: usize = 4;
/// How far below the bound eviction goes at most, in bytes, so that not every store evicts.
const SLACK: u64 = 1 << 16;
/// The largest number of removals and samples in one store. The next stores do the rest.
const STEPS: usize = 1024;

impl DiskStore {
    /// Evicts until the files take less than the bound.
    pub(super) fn make_room(&self) -> Evicted {
        let mut evicted = Evicted::default();
        let Some(bound) = self.max_capacity.filter(|bound| self.usage().bytes() > *bound) else {
            return evicted;
        };
        let Some(mut pool) = self.pool(bound) else {
            return evicted;
        };
        let target = bound - (bound / 64).min(SLACK);
        let mut may_recount = true;
        for _ in 0..STEPS {
            if self.usage().bytes() <= target {
                break;
            }
            if pool.is_hungry() {
                let sample = self.sample();
                if sample.is_empty() && pool.is_hungry() && self.usage().bytes() > target {
                    // The count says that there are entries, but there are none.
                    if !std::mem::take(&mut may_recount) {
                        break;
                    }
                    self.recount();
                }
                pool.offer(sample, EACH);
                continue;
            }
            let Some(worst) = pool.worst() else { continue };
            // An entry that was used, stored again or removed since it was seen is no candidate any more.
            let is_same = fs::metadata(&worst.entry).is_ok_and(|found| UseMark::of(&found) == worst.mark);
            if is_same && let Ok(Some(freed)) = self.discard(&worst.entry) {
                self.remove_empty_leaf(&worst.entry);
                evicted.entries += 1;
                evicted.bytes += freed;
            }
        }
        evicted
    }

    /// Lets one thread of a process evict. Returns `None` for the others, as long as that thread keeps up.
    fn pool(&self, bound: u64) -> Option<MutexGuard<'_, Pool<PathBuf>>> {
        match self.pool.try_lock() {
            Ok(pool) => Some(pool),
            Err(TryLockError::WouldBlock) if self.usage().bytes() <= bound + bound / 16 => None,
            // A panic cannot leave anything wrong: the pool holds only candidates.
            Err(_) => Some(self.pool.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Returns some entries at random. Does not check whether they can still be served, because reading them would cost
    /// more than all the rest.
    fn sample(&self) -> Vec<Candidate<PathBuf>> {
        let mut sample = Vec::with_capacity(SAMPLE);
        for leaf in walk::leaves_from_anywhere(&self.directory.join(INDEX), &self.random) {
            for file in walk::list(&leaf) {
                let Ok(metadata) = file.metadata() else { continue };
                let (entry, mark) = (file.path(), UseMark::of(&metadata));
                sample.push(Candidate { entry, mark });
            }
            if sample.len() >= SAMPLE {
                break;
            }
        }
        sample
    }

    /// Returns the first bytes of an entry; `None` if there are none.
    pub(super) fn head(&self, held: &Payload) -> Option<Vec<u8>> {
        match held {
            Payload::Inline(bytes) => bytes.clone(),
            Payload::Content(digest, _) => content::head(&names::content_path(&self.directory, digest), HEAD).ok(),
        }
    }
}
