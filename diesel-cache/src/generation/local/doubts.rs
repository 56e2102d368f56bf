//! Handles the fences that readers meet: recovers the fences of dead writers, and settles doubts.

use std::sync::atomic::Ordering::Relaxed;

use super::file::MappedFile;
use super::line;
use super::recovery::{self, Recovery};
use super::state::Local;
use super::writing::Hold;
use crate::generation::doubt::{Begun, Doubt, DoubtfulFences};
use crate::generation::slot::Slot;
use crate::wait::may_block;

/// How often the process tries the lock of a writer whose fence it meets, in milliseconds.
pub(super) const TRY_INTERVAL: u64 = 20;

/// How often the process asks the database about doubts, in milliseconds. Each question costs a statement, and until it
/// is answered loads query the database anyway.
const ASK_INTERVAL: u64 = 250;

impl Local {
    /// See [`Generations::is_time_to_ask`](crate::generation::Generations::is_time_to_ask).
    #[cfg(feature = "async")]
    pub(in crate::generation) fn is_time_to_ask(&self) -> bool {
        self.0.clock.coarse() >= self.0.ask_at.load(Relaxed) || self.0.shared.load(Relaxed) > 0
    }

    /// See [`Generations::doubts_to_ask`](crate::generation::Generations::doubts_to_ask).
    pub(in crate::generation) fn doubts_to_ask(&self, database: &str) -> Vec<Doubt> {
        let mut doubts = self.begun_to_ask(database);
        let now = self.0.clock.coarse();
        let due = self.0.ask_at.load(Relaxed);
        let mine = now >= due
            && self
                .0
                .ask_at
                .compare_exchange(due, now + ASK_INTERVAL, Relaxed, Relaxed)
                .is_ok();
        if mine {
            doubts.extend(self.doubts());
        }
        doubts
    }

    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let Some(mapped) = self.0.current.load_full() else {
            return Vec::new();
        };
        let mut doubts = recovery::doubts(&mapped.map);
        let own: Vec<_> = self.writing().abandoned_sessions().collect();
        doubts.extend(own.into_iter().map(|session| Doubt {
            fences: DoubtfulFences::Abandoned,
            sessions: vec![session],
            begun: None,
        }));
        doubts
    }

    /// See [`Generations::settle`](crate::generation::Generations::settle).
    pub(in crate::generation) fn settle(&self, doubt: &Doubt) -> bool {
        if let DoubtfulFences::Begun(numbers) = &doubt.fences {
            return self.lift_shared(numbers);
        }
        let mut writing = self.writing_now();
        match &doubt.fences {
            DoubtfulFences::Begun(_) => false,
            #[cfg(feature = "redis")]
            DoubtfulFences::OfCluster(_) => false,
            DoubtfulFences::Abandoned => writing.settle(&doubt.sessions),
            &DoubtfulFences::OfDead { writer, claim } => writing.mapped.as_ref().is_some_and(|mapped| {
                matches!(
                    recovery::settle(mapped, writer, claim, &doubt.sessions),
                    Ok(Recovery::Recovered)
                )
            }),
        }
    }

    /// Examines the fences on a slot that a reader has found fenced: a writer may be dead, or its doubt over. Returns
    /// `true` if it is worth reading the slot again.
    #[cold]
    pub(super) fn suspect(&self, mapped: &MappedFile, slot: Slot) -> bool {
        if self.0.directory.is_some() && !may_block() {
            return false; // the load continues on a thread that may block
        }
        let now = self.0.clock.coarse();
        let mut lifted = false;
        for id in line::writers(&mapped.map.lines()[slot.index() as usize]) {
            let due = self.0.try_at[id].load(Relaxed);
            let mine = now >= due
                && self.0.try_at[id]
                    .compare_exchange(due, now + TRY_INTERVAL, Relaxed, Relaxed)
                    .is_ok();
            lifted |= mine && self.try_to_lift(mapped, id);
        }
        lifted
    }

    fn try_to_lift(&self, mapped: &MappedFile, id: usize) -> bool {
        let mut writing = self.writing();
        let now = self.0.clock.since_boot();
        if self.0.directory.is_none() || writing.own_id() == Some(id) {
            writing.sweep(now);
            return true;
        }
        if !writing.mapped.as_ref().is_some_and(|it| std::ptr::eq(&**it, mapped)) {
            return false; // another file has been mapped since
        }
        match recovery::recover(mapped, id, now) {
            Ok(Recovery::Recovered) => {
                // The next writer with this id is a different one, whose death should be noticed at once as well.
                self.0.try_at[id].store(0, Relaxed);
                true
            }
            Ok(Recovery::Damaged) => {
                if let Some(directory) = &self.0.directory {
                    let replaced = directory.replace(&mut writing, &self.0.current, now);
                    let _ = replaced.and_then(|()| self.follow(&mut writing));
                }
                false
            }
            Ok(Recovery::Alive | Recovery::InDoubt) | Err(_) => false,
        }
    }

    // The methods below handle shared fences: the end of their statements was reported too early, so that other callers
    // may ask the database whether the statements are over, and lift the fences.

    pub(super) fn share(&self, hold: Hold, begun: Begun) -> u64 {
        let mut writing = self.writing();
        let number = writing.share(hold, begun);
        self.0.shared.store(writing.shared_count(), Relaxed);
        number
    }

    /// Lifts those of these fences that are still held, with new generations. Returns `true` if there were any.
    pub(super) fn lift_shared(&self, numbers: &[u64]) -> bool {
        let mut writing = self.writing_now();
        let lifted = writing.lift_shared(numbers);
        self.0.shared.store(writing.shared_count(), Relaxed);
        lifted
    }

    /// Starts the grace of a fence, because its connection is gone.
    pub(super) fn abandon_shared(&self, number: u64) {
        let now = self.0.clock.since_boot();
        self.writing().abandon_shared(number, now, self.0.doubt_grace);
    }

    /// Returns the fences that can be lifted as soon as this database reports that their statements are over. Each
    /// fence is due when it is new, and then every [`TRY_INTERVAL`].
    pub(super) fn begun_to_ask(&self, database: &str) -> Vec<Doubt> {
        if self.0.shared.load(Relaxed) == 0 {
            return Vec::new();
        }
        let now = self.0.clock.coarse();
        let mut writing = self.writing();
        self.0.shared.store(writing.shared_count(), Relaxed);
        Doubt::of_begun(writing.begun_to_ask(database, now, now + TRY_INTERVAL))
    }
}
