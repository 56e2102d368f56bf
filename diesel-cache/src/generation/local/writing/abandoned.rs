//! Fences that their connection will not lift, or not alone. *Abandoned* fences have lost their connection: it broke,
//! or was dropped in the middle of a statement. *Shared* fences still have it, but the end of their statement was
//! reported too early, so other callers may lift them as well.

use super::Writing;
use super::hold::{Abandoned, Hold, Shared};
use crate::fault::{self, Mutation};
use crate::generation::{Begun, DatabaseSession, Slot};

impl Writing {
    /// Keeps a fence whose connection will not lift it, until the grace is over or the session is gone.
    pub(in crate::generation::local) fn abandon(&mut self, hold: Hold, now: u64, default_grace: u64) {
        self.abandoned.push(Abandoned {
            until: Some(end_of_grace(&hold, now, default_grace)),
            hold,
            shared: None,
        });
    }

    /// Shares a fence, so that other callers than its connection may lift it as well. Returns its number.
    pub(in crate::generation::local) fn share(&mut self, hold: Hold, begun: Begun) -> u64 {
        self.numbers += 1;
        self.abandoned.push(Abandoned {
            hold,
            until: None,
            shared: Some(Shared {
                number: self.numbers,
                begun,
                ask_at: 0,
            }),
        });
        self.numbers
    }

    /// Returns `true` if a fence on the slot has lost its connection, and is in doubt.
    pub(in crate::generation::local) fn is_abandoned(&self, slot: Slot) -> bool {
        let mut abandoned = self.abandoned.iter().filter(|it| it.until.is_some());
        abandoned.any(|it| it.hold.slots.contains(&slot))
    }

    pub(in crate::generation::local) fn shared_count(&self) -> usize {
        self.abandoned.iter().filter(|it| it.shared.is_some()).count()
    }

    /// Lifts those of the fences with these numbers that are still held. Returns `true` if there were any.
    pub(in crate::generation::local) fn lift_shared(&mut self, numbers: &[u64]) -> bool {
        self.lift_abandoned(|it, _| {
            it.shared
                .as_ref()
                .is_some_and(|shared| numbers.contains(&shared.number))
        })
    }

    /// Starts the grace of a fence whose connection is gone.
    pub(in crate::generation::local) fn abandon_shared(&mut self, number: u64, now: u64, default_grace: u64) {
        let is_it = |it: &&mut Abandoned| it.shared.as_ref().is_some_and(|shared| shared.number == number);
        if let Some(it) = self.abandoned.iter_mut().find(is_it) {
            it.until = Some(end_of_grace(&it.hold, now, default_grace));
        }
    }

    /// Returns the shared fences about which this database should be asked now. They are due again at `next`.
    pub(in crate::generation::local) fn begun_to_ask(
        &mut self,
        database: &str,
        now: u64,
        next: u64,
    ) -> Vec<(u64, Begun)> {
        let shared = self.abandoned.iter_mut().filter_map(|it| it.shared.as_mut());
        shared
            .filter(|shared| shared.ask_at <= now && *shared.begun.database == *database)
            .map(|shared| {
                shared.ask_at = next;
                (shared.number, shared.begun.clone())
            })
            .collect()
    }

    /// Lifts the abandoned fences whose grace is over.
    pub(in crate::generation::local) fn sweep(&mut self, now: u64) {
        self.lift_abandoned(|abandoned, _| abandoned.until.is_some_and(|until| until <= now));
    }

    /// Lifts the abandoned fences of a session that is gone.
    pub(in crate::generation::local) fn settle(&mut self, gone: &[DatabaseSession]) -> bool {
        self.lift_abandoned(|abandoned, session| {
            abandoned.hold.named.is_some() && session.is_some_and(|it| gone.contains(&it))
        })
    }

    fn lift_abandoned(&mut self, over: impl Fn(&Abandoned, Option<DatabaseSession>) -> bool) -> bool {
        let sessions = self.sessions;
        let is_over =
            |abandoned: &mut Abandoned| over(abandoned, abandoned.hold.named.and_then(|place| sessions[place]));
        let lifted: Vec<_> = self.abandoned.extract_if(.., is_over).collect();
        for abandoned in &lifted {
            self.lift(&abandoned.hold);
        }
        !lifted.is_empty()
    }

    /// Returns the sessions whose end would settle abandoned fences.
    pub(in crate::generation::local) fn abandoned_sessions(&self) -> impl Iterator<Item = DatabaseSession> {
        let without_connection = self.abandoned.iter().filter(|abandoned| abandoned.until.is_some());
        without_connection.filter_map(|abandoned| self.sessions[abandoned.hold.named?])
    }

    pub(in crate::generation::local) fn has_abandoned(&self) -> bool {
        !self.abandoned.is_empty()
    }
}

fn end_of_grace(hold: &Hold, now: u64, default_grace: u64) -> u64 {
    let grace = match hold.grace {
        _ if fault::is_mutated(Mutation::LiftDoubtAtOnce) => 0,
        0 => default_grace,
        grace => grace,
    };
    now.saturating_add(grace)
}
