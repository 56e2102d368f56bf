//! One region at work: its stores, its flights, its counts.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::behind::{Behind, Keeper};
use super::counters::Counters;
use super::flight::{Flights, Lead, Role};
use super::request::Accept;
use crate::clock::Millis;
use crate::config::{RegionConfig, RegionKind};
use crate::context::Context;
use crate::entry::Entry;
use crate::event::Tier;
use crate::fault::{self, Point};
use crate::key::{CacheKey, NearKey};
use crate::observability::Meters;
use crate::store::{Attempt, DiskStore, KeyLocks, MemoryStore, SessionStore};

/// The longest that a use of an entry in memory goes without a note in its file.
const NOTE: Duration = Duration::from_secs(60);

/// What a region keeps of the uses of its entries.
#[derive(Clone, Copy, Debug)]
struct Uses {
    /// How often a use is noted in the entry's file, in milliseconds; `None` where there are no files.
    noted_every: Option<u64>,
}

impl Uses {
    /// `None` where it does not matter when entries were used.
    fn of(settings: &RegionConfig, has_files: bool) -> Option<Self> {
        let matter = settings.time_to_idle.is_some() || (has_files && settings.disk_bound().is_some());
        // Other processes see an entry go idle too early by no more than an eighth of the time.
        let interval = settings.time_to_idle.map_or(NOTE, |idle| NOTE.min(idle / 8));
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        matter.then(|| Self {
            noted_every: has_files.then_some(interval),
        })
    }
}

/// A region's stores and settings, shared by all handles and namespaces.
#[derive(Debug)]
pub(crate) struct RegionState {
    name: Arc<str>,
    settings: RegionConfig,
    pub(super) memory: Option<MemoryStore>,
    pub(super) disk: Option<DiskStore>,
    pub(super) counters: Counters,
    pub(super) meters: Meters,
    flights: Arc<Flights>,
    pub(super) locks: Option<KeyLocks>,
    uses: Option<Uses>,
    /// Where entries wait to be written; none for a region that has no files, or no memory in front of them.
    pub(super) behind: Option<Arc<Behind>>,
}

/// What the files hold under a key.
#[derive(Debug)]
pub(super) enum Found {
    Entry(Arc<Entry>),
    Nothing,
    /// Bytes that are no entry, or another key's.
    Corrupt,
    Failed(io::Error),
}

impl RegionState {
    pub(crate) fn new(
        name: String,
        settings: RegionConfig,
        disk: Option<(DiskStore, KeyLocks)>,
        keeper: &Keeper,
    ) -> Self {
        let (disk, locks) = disk.unzip();
        let bound = settings.memory_bound();
        let memory = (bound > 0).then(|| MemoryStore::new(bound));
        let name = name.into();
        Self {
            uses: Uses::of(&settings, disk.is_some()),
            behind: (memory.is_some() && disk.is_some()).then(|| Arc::clone(keeper.behind())),
            meters: Meters::new(&name),
            name,
            settings,
            memory,
            disk,
            counters: Counters::default(),
            flights: Arc::default(),
            locks,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn kind(&self) -> RegionKind {
        self.settings.kind
    }

    pub(crate) fn settings(&self) -> &RegionConfig {
        &self.settings
    }

    pub(super) fn has_files(&self) -> bool {
        self.disk.is_some()
    }

    /// What the session, or memory, holds.
    #[inline]
    pub(super) fn near(&self, session: Option<&SessionStore>, key: &NearKey) -> Option<(Arc<Entry>, Tier)> {
        match self.settings.kind {
            RegionKind::Session => Some((session?.get(&self.name, key)?, Tier::Session)),
            _ => Some((self.memory.as_ref()?.get(key)?, Tier::Memory)),
        }
    }

    /// What the files hold, or will when all is written.
    pub(super) fn far(&self, accept: &Accept) -> Found {
        let key = &accept.key;
        let Some(disk) = &self.disk else {
            return Found::Nothing;
        };
        if let Some(entry) = self.unwritten(*key) {
            return Found::Entry(entry);
        }
        fault::at(Point::BeforeRead);
        let bytes = match disk.get(key) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Found::Nothing,
            Err(error) => return Found::Failed(error),
        };
        let used_at = self.settings.time_to_idle.and_then(|_| disk.used_at(key));
        match Entry::from_bytes(accept.near.clone(), accept.key_slot, bytes, used_at)
            .filter(|entry| entry.header.key == *key)
        {
            Some(entry) => Found::Entry(Arc::new(entry)),
            None => Found::Corrupt,
        }
    }

    /// A number that changes whenever any process has stored something in the files; `None` if that is not known.
    pub(super) fn stores(&self) -> Option<u64> {
        self.disk.as_ref()?.stores()
    }

    /// Keeps what was found in the files in memory as well.
    pub(super) fn bring_near(&self, entry: &Arc<Entry>) {
        if let Some(memory) = &self.memory {
            self.evicted_near(memory.put(Arc::clone(entry)));
        }
    }

    pub(super) fn store_near(&self, session: Option<&SessionStore>, entry: &Arc<Entry>) {
        match (self.settings.kind, session) {
            (RegionKind::Session, Some(session)) => session.put(&self.name, Arc::clone(entry)),
            _ => self.bring_near(entry),
        }
    }

    /// Stores in the files.
    pub(super) fn store_far(&self, context: &Context, entry: &Entry) {
        self.give_up_unwritten(entry.header.key);
        if self.write(context, entry) {
            self.stored(context, entry);
        }
    }

    /// Writes an entry into the files; has that been done? A failure is told, and is nobody's error.
    pub(super) fn write(&self, context: &Context, entry: &Entry) -> bool {
        let Some(disk) = &self.disk else { return false };
        fault::at(Point::BeforeWrite);
        let useless = |head: &[u8], used_at| self.is_useless(context, head, used_at);
        match disk.put(&entry.header.key, &entry.to_bytes(), entry.header.stored_at, &useless) {
            Ok(put) => {
                self.evicted(context, put.evicted, put.evicted_bytes);
                self.measure();
                true
            }
            Err(error) => {
                self.write_failed(context, Some(entry.header.key), &error.to_string());
                false
            }
        }
    }

    /// Is the entry larger than all that the region's files may hold?
    pub(super) fn outweighs(&self, entry: &Entry) -> bool {
        self.settings
            .disk_bound()
            .is_some_and(|capacity| entry.len() as u64 > capacity)
    }

    /// Removes the entry of a key from every tier.
    pub(super) fn remove(&self, context: &Context, session: Option<&SessionStore>, accept: &Accept) {
        let Accept { key, near, .. } = accept;
        if let Some(session) = session {
            session.remove(&self.name, near);
        }
        if let Some(memory) = &self.memory {
            memory.remove(near);
        }
        self.give_up_unwritten(*key);
        if let Some(disk) = &self.disk
            && let Err(error) = disk.remove(key)
        {
            self.write_failed(context, Some(*key), &error.to_string());
        }
        self.measure();
    }

    pub(crate) fn clear(&self, context: &Context) {
        if let Some(memory) = &self.memory {
            memory.clear();
        }
        if let Some(behind) = &self.behind {
            behind.give_up_all(self);
        }
        if let Some(disk) = &self.disk
            && let Err(error) = disk.clear()
        {
            self.write_failed(context, None, &error.to_string());
        }
        self.measure();
    }

    /// What memory holds: entries, and their weight in bytes.
    pub(super) fn held_near(&self) -> (u64, u64) {
        self.memory.as_ref().map_or((0, 0), MemoryStore::usage)
    }

    /// What the files hold, of all processes together; `None` where there are none.
    pub(super) fn held_far(&self) -> Option<(u64, u64)> {
        self.disk.as_ref().map(DiskStore::held)
    }

    /// Shows what the region holds to whom it may concern.
    pub(super) fn measure(&self) {
        if Meters::IDLE {
            return;
        }
        if self.memory.is_some() {
            let (entries, bytes) = self.held_near();
            self.meters.holds(Tier::Memory, entries, bytes);
        }
        if let Some((entries, bytes)) = self.held_far() {
            self.meters.holds(Tier::Disk, entries, bytes);
        }
    }

    /// Takes part in asking for a key.
    pub(super) fn join(&self, key: CacheKey) -> Role {
        self.flights.join(key)
    }

    /// Has no other process the key, now that the lead does, or need none be asked? Where there are no locks the lead goes on without.
    pub(super) fn lock(&self, context: &Context, lead: &mut Lead, key: CacheKey) -> bool {
        let Some(locks) = self.locks.as_ref().filter(|_| lead.lock.is_none()) else {
            return true;
        };
        let attempt = match self.inherit(context, key) {
            Some(lock) => Attempt::Locked(lock),
            None => locks.attempt(&key),
        };
        match attempt {
            Attempt::Locked(lock) => {
                lead.lock = Some(lock);
                true
            }
            Attempt::Busy => false,
            Attempt::Unavailable => true,
        }
    }

    /// Does it matter when entries were used?
    pub(super) fn keeps_notes(&self) -> bool {
        self.uses.is_some()
    }

    /// Marks the entry as used, in memory. `false` if it is time to note a use in its file, which the caller leaves to
    /// [`note_use`](Self::note_use); nothing is marked then.
    #[inline]
    pub(super) fn mark_use(&self, entry: &Entry, now: impl FnOnce() -> Millis) -> bool {
        let Some(uses) = self.uses else { return true };
        let now = now();
        if uses
            .noted_every
            .is_some_and(|interval| entry.usage.is_note_due(now, interval))
        {
            return false;
        }
        entry.usage.mark(now);
        true
    }

    /// Marks the entry as used; is it time to [note](Self::note) that in its file?
    pub(super) fn note_use(&self, context: &Context, entry: &Entry) -> bool {
        let Some(uses) = self.uses else { return false };
        let now = context.now();
        entry.usage.mark(now);
        uses.noted_every
            .is_some_and(|interval| entry.usage.claim_note(now, interval))
    }

    /// Notes a use in the entry's file. May block.
    pub(super) fn note(&self, key: &CacheKey, now: Millis) {
        if let Some(disk) = &self.disk {
            disk.touch(key, now);
        }
    }
}
