//! Fences of statements whose end was reported too early: they have begun, so that the database can be asked whether they are over.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::Generations;
use super::doubt::{Doubt, TRY_INTERVAL, Whose};
use super::writer::Session;
use super::writing::Hold;

/// What shows that a statement is over that the server has begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The database that its connection leads to, under some name: whoever asks must be led there as well.
    pub(crate) place: Arc<str>,
    /// Its session, where that is known. It does nothing else until the statement is over.
    pub(crate) session: Option<Session>,
    /// Tables, one of which it locks until it is over; empty where no lock is certain.
    pub(crate) locked: Arc<[Box<str>]>,
}

impl Generations {
    pub(super) fn share(&self, hold: Hold, begun: Begun) -> u64 {
        let mut writing = self.writing();
        let number = writing.share(hold, begun);
        self.0.shared.store(writing.shared_count(), Relaxed);
        number
    }

    /// Lifts these, with new generations, unless somebody has done so. Were there any?
    pub(super) fn lift_shared(&self, numbers: &[u64]) -> bool {
        let mut writing = self.writing_now();
        let lifted = writing.lift_shared(numbers);
        self.0.shared.store(writing.shared_count(), Relaxed);
        lifted
    }

    /// The connection is gone: from now on the grace bounds it.
    pub(super) fn abandon_shared(&self, number: u64) {
        let now = self.0.clock.since_boot();
        self.writing().abandon_shared(number, now, self.0.doubt_grace);
    }

    /// Those that could be lifted at once, if the database at this place says that their statements are over. Each is asked about when it
    /// is new, and then once in a while.
    pub(super) fn begun_to_ask(&self, place: &str) -> Vec<Doubt> {
        if self.0.shared.load(Relaxed) == 0 {
            return Vec::new();
        }
        let now = self.0.clock.coarse();
        let mut doubts: Vec<Doubt> = Vec::new();
        let mut writing = self.writing();
        self.0.shared.store(writing.shared_count(), Relaxed);
        for (number, begun) in writing.begun_to_ask(place, now, now + TRY_INTERVAL) {
            match doubts.iter_mut().find(|doubt| doubt.begun.as_ref() == Some(&begun)) {
                Some(Doubt {
                    whose: Whose::Begun(numbers),
                    ..
                }) => numbers.push(number),
                _ => doubts.push(Doubt {
                    whose: Whose::Begun(vec![number]),
                    sessions: begun.session.into_iter().collect(),
                    begun: Some(begun),
                }),
            }
        }
        doubts
    }
}
