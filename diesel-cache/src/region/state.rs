//! One region at work: finding entries, judging them, storing and removing them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flight::{Flights, Lead, Outcome as Landing, Role};
use super::{Kind, Settings};
use crate::cacheable::Layout;
use crate::context::Context;
use crate::entry::Entry;
use crate::event::{Event, MissReason, Tier};
use crate::fault::{self, Mutation};
use crate::generation::Slot;
use crate::key::CacheKey;
use crate::store::{DiskStore, KeyLocks, MemoryStore, SessionStore};

/// A region's stores and settings, shared by all handles and namespaces.
#[derive(Debug)]
pub(crate) struct RegionState {
    name: Arc<str>,
    kind: Kind,
    settings: Settings,
    memory: Option<MemoryStore>,
    disk: Option<DiskStore>,
    flights: Arc<Flights>,
    locks: Option<KeyLocks>,
}

/// What a reader asks of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accept<'a> {
    pub(crate) key: CacheKey,
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
    /// Everything the reader knows that the rows depend on: an entry must have been stamped with all of it.
    pub(crate) slots: &'a [Slot],
    /// The oldest that the rows may be, whatever the entry says.
    pub(crate) max_age: Option<Duration>,
    pub(crate) ignore_expiration: bool,
}

/// How a caller that found nothing goes on.
#[derive(Debug)]
pub(crate) enum Boarding {
    /// It takes the rows that another has just read.
    Hit(Arc<Entry>, Tier),
    /// It asks the database, and others wait for it.
    Lead(Lead),
    /// It asks the database, and nobody waits.
    Alone,
}

/// What a search found.
#[derive(Debug)]
pub(crate) enum Outcome {
    Hit(Arc<Entry>, Tier),
    Miss(MissReason),
}

impl RegionState {
    pub(crate) fn new(name: String, kind: Kind, settings: Settings, disk: Option<(DiskStore, KeyLocks)>) -> Self {
        let (disk, locks) = disk.unzip();
        let memory = (matches!(kind, Kind::Disk | Kind::Memory) && settings.memory_capacity > 0)
            .then(|| MemoryStore::new(settings.memory_capacity));
        Self {
            name: name.into(),
            kind,
            settings,
            memory,
            disk,
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

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Looks for an entry that `accept` allows: in the session or in memory, then on disk. A failure is told, and is a miss.
    ///
    /// An entry in memory that does not serve does not end the search: another process may have stored a better one.
    pub(crate) fn find(&self, context: &Context, session: Option<&SessionStore>, accept: &Accept<'_>) -> Outcome {
        self.search(context, session, accept).unwrap_or_else(|error| {
            context.listeners.tell(|| Event::ReadFailed {
                region: Arc::clone(&self.name),
                key: accept.key,
                error: error.to_string().into(),
            });
            Outcome::Miss(MissReason::Corrupt)
        })
    }

    fn search(&self, context: &Context, session: Option<&SessionStore>, accept: &Accept<'_>) -> io::Result<Outcome> {
        let (near, tier) = match self.kind {
            Kind::Session => (
                session.and_then(|session| session.get(&self.name, accept.key)),
                Tier::Session,
            ),
            _ => (
                self.memory.as_ref().and_then(|memory| memory.get(&accept.key)),
                Tier::Memory,
            ),
        };
        let mut reason = MissReason::Absent;
        if let Some(entry) = near {
            match judge(context, &entry, accept) {
                None => return Ok(Outcome::Hit(entry, tier)),
                Some(why) => reason = why,
            }
        }
        let Some(bytes) = self.disk.as_ref().map_or(Ok(None), |disk| disk.get(&accept.key))? else {
            return Ok(Outcome::Miss(reason));
        };
        let Some(entry) = Entry::from_bytes(bytes).filter(|entry| entry.key == accept.key) else {
            return Ok(Outcome::Miss(MissReason::Corrupt));
        };
        Ok(match judge(context, &entry, accept) {
            Some(why) => Outcome::Miss(why),
            None => {
                let entry = Arc::new(entry);
                if let Some(memory) = &self.memory {
                    memory.put(Arc::clone(&entry));
                }
                Outcome::Hit(entry, Tier::Disk)
            }
        })
    }

    /// Joins the callers that miss this key: waits for the rows of another, or becomes the one who asks.
    pub(crate) fn board(&self, context: &Context, accept: &Accept<'_>) -> Boarding {
        if self.kind == Kind::Session || self.settings.lock_timeout.is_zero() {
            return Boarding::Alone;
        }
        // None: later than any clock can say.
        let deadline = Instant::now().checked_add(self.settings.lock_timeout);
        let mut late = false;
        loop {
            match self.flights.join(accept.key) {
                Role::Leader(lead) => return self.lead(context, accept, lead, deadline),
                Role::Waiter(flight) => match flight.wait(deadline) {
                    Landing::Failed => return Boarding::Alone,
                    Landing::Entry(entry) => match judge(context, &entry, accept) {
                        _ if fault::is_mutated(Mutation::WaiterTakesOldRows) => {
                            return Boarding::Hit(entry, Tier::Memory);
                        }
                        None => return Boarding::Hit(entry, Tier::Memory),
                        // The leader had asked too early for this caller. Once more: while writes keep coming, waiting
                        // for one leader after the other would be slower than to ask.
                        Some(MissReason::Invalidated) if !late => late = true,
                        Some(_) => return Boarding::Alone,
                    },
                },
            }
        }
    }

    /// Leads this process's callers: makes sure that no other process asks, nor has just asked.
    fn lead(&self, context: &Context, accept: &Accept<'_>, mut lead: Lead, deadline: Option<Instant>) -> Boarding {
        let mut pause = Duration::from_micros(200);
        loop {
            lead.lock = self.locks.as_ref().and_then(|locks| locks.try_lock(&accept.key));
            // Somebody may have landed between this caller's search and its turn.
            if let Ok(Outcome::Hit(entry, tier)) = self.search(context, None, accept) {
                lead.land(&entry);
                return Boarding::Hit(entry, tier);
            }
            let waiting = lead.lock.is_none() && self.locks.is_some();
            if !waiting || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Boarding::Lead(lead);
            }
            // The system cannot wait for a lock and a deadline at once.
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// Stores rows; a failure is told, and is nobody's error.
    pub(crate) fn store(&self, context: &Context, session: Option<&SessionStore>, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        match self.kind {
            Kind::Null => return entry,
            Kind::Session => match session {
                Some(session) => session.put(&self.name, Arc::clone(&entry)),
                None => return entry,
            },
            Kind::Disk | Kind::Memory => {
                if let Some(memory) = &self.memory {
                    memory.put(Arc::clone(&entry));
                }
            }
        }
        if let Some(disk) = &self.disk
            && let Err(error) = disk.put(&entry.key, &entry.to_bytes(), context.now(), &|_| false)
        {
            self.write_failed(context, Some(entry.key), &error);
            return entry;
        }
        context.listeners.tell(|| Event::Stored {
            region: Arc::clone(&self.name),
            key: entry.key,
            bytes: entry.len(),
        });
        entry
    }

    /// Removes the entry of a key from every tier.
    pub(crate) fn remove(&self, context: &Context, session: Option<&SessionStore>, key: CacheKey) {
        if let Some(session) = session {
            session.remove(&self.name, key);
        }
        if let Some(memory) = &self.memory {
            memory.remove(&key);
        }
        if let Some(disk) = &self.disk
            && let Err(error) = disk.remove(&key)
        {
            self.write_failed(context, Some(key), &error);
        }
    }

    pub(crate) fn clear(&self, context: &Context) {
        if let Some(memory) = &self.memory {
            memory.clear();
        }
        if let Some(disk) = &self.disk
            && let Err(error) = disk.clear()
        {
            self.write_failed(context, None, &error);
        }
    }

    fn write_failed(&self, context: &Context, key: Option<CacheKey>, error: &io::Error) {
        context.listeners.tell(|| Event::WriteFailed {
            region: Arc::clone(&self.name),
            key,
            error: error.to_string().into(),
        });
    }
}

/// Why an entry may not serve; `None` if it may.
fn judge(context: &Context, entry: &Entry, accept: &Accept<'_>) -> Option<MissReason> {
    if accept.layout.is_some_and(|layout| layout != entry.layout) {
        Some(MissReason::Layout)
    } else if !entry.stamp.covers(accept.slots.iter().copied()) || !context.generations.is_valid(&entry.stamp) {
        Some(MissReason::Invalidated)
    } else if !accept.ignore_expiration && !is_fresh(context, entry, accept.max_age) {
        Some(MissReason::Expired)
    } else {
        None
    }
}

/// Is the entry within its time to live, and the reader's? One from the future is not.
pub(crate) fn is_fresh(context: &Context, entry: &Entry, max_age: Option<Duration>) -> bool {
    let now = context.now();
    entry
        .stored_at
        .age_at(now)
        .is_some_and(|age| now < entry.expires_at && max_age.is_none_or(|max| age < max))
}
