//! Shared tiers that a test watches, slows down or makes fail.

use std::io;
use std::path::Path;
use std::sync::Arc;

use diesel_cache::shared_tier::{
    Evicted, IsUseless, LockAttempt, Millis, SharedTier, Swept, Verified, wrap_shared_tiers,
};
use diesel_cache::{CacheKey, Tier};

/// The access that a cache is about to make to a shared tier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TierAccess {
    /// An entry is about to be read.
    Read,
    /// An entry is about to be written.
    Write,
}

/// Calls `hook` before each read and write of an entry, on the same thread, in every shared tier that this process
/// opens from now on. If the hook returns an error, the access fails with it. A process has one hook: later calls have
/// no effect.
pub fn hook_shared_tiers(hook: impl Fn(TierAccess) -> io::Result<()> + Send + Sync + 'static) {
    let hook: Arc<Hook> = Arc::new(hook);
    wrap_shared_tiers(move |tier| {
        Box::new(Hooked {
            tier,
            hook: Arc::clone(&hook),
        })
    });
}

type Hook = dyn Fn(TierAccess) -> io::Result<()> + Send + Sync;

struct Hooked {
    tier: Box<dyn SharedTier>,
    hook: Arc<Hook>,
}

impl std::fmt::Debug for Hooked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tier.fmt(f)
    }
}

impl SharedTier for Hooked {
    fn tier(&self) -> Tier {
        self.tier.tier()
    }

    fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        (self.hook)(TierAccess::Read)?;
        self.tier.get(key)
    }

    fn put(&self, key: &CacheKey, bytes: &[u8], now: Millis, is_useless: IsUseless<'_>) -> io::Result<Evicted> {
        (self.hook)(TierAccess::Write)?;
        self.tier.put(key, bytes, now, is_useless)
    }

    fn remove(&self, key: &CacheKey) -> io::Result<()> {
        self.tier.remove(key)
    }

    fn clear(&self) -> io::Result<()> {
        self.tier.clear()
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        self.tier.lock(key)
    }

    fn stores(&self) -> Option<u64> {
        self.tier.stores()
    }

    fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        self.tier.used_at(key)
    }

    fn touch(&self, key: &CacheKey, now: Millis) {
        self.tier.touch(key, now);
    }

    fn capacity(&self) -> Option<u64> {
        self.tier.capacity()
    }

    fn usage(&self) -> (u64, u64) {
        self.tier.usage()
    }

    fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<Swept> {
        self.tier.sweep(is_useless)
    }

    fn verify(&self) -> io::Result<Verified> {
        self.tier.verify()
    }

    fn location(&self) -> &Path {
        self.tier.location()
    }
}
