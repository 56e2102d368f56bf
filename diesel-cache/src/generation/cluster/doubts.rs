//! Writes in doubt: fences that the database can be asked about.

use std::collections::HashMap;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::handle::Cluster;
use super::state::State;
use super::wire::{FenceId, MemberId};
use crate::generation::doubt::{Doubt, DoubtfulFences};
use crate::generation::{DatabaseSession, Slot, WrittenBy};

/// How often the process asks the database about one fence, in milliseconds.
const BEGUN_INTERVAL: u64 = 20;
/// How often the process asks the database about sessions, in milliseconds.
const ASK_INTERVAL: u64 = 250;

impl Cluster {
    #[cfg(feature = "async")]
    pub(in crate::generation) fn is_time_to_ask(&self) -> bool {
        let state = self.state();
        state.clock.coarse() >= state.ask_at.load(Relaxed) || state.begun.load(SeqCst) > 0
    }

    pub(in crate::generation) fn doubts_to_ask(&self, database: &str) -> Vec<Doubt> {
        let state = self.state();
        let now = state.clock.coarse();
        let mut doubts = Vec::new();
        if state.begun.load(SeqCst) > 0 {
            doubts = Doubt::of_begun(state.held().begun_to_ask(database, now, now + BEGUN_INTERVAL));
        }
        let due = state.ask_at.load(Relaxed);
        if now >= due
            && state
                .ask_at
                .compare_exchange(due, now + ASK_INTERVAL, Relaxed, Relaxed)
                .is_ok()
        {
            doubts.extend(self.by_session());
        }
        doubts
    }

    /// Returns the doubts that end with a session.
    fn by_session(&self) -> Vec<Doubt> {
        let state = self.state();
        let mut fences: HashMap<DatabaseSession, Vec<FenceId>> = HashMap::new();
        if let Some(mirror) = state.current.load_full() {
            for (id, record) in mirror.roster().orphans() {
                if let Some(session) = record.session {
                    fences.entry(session).or_default().push(id);
                }
            }
        }
        let held = state.held();
        for (number, session) in held.abandoned_sessions() {
            fences.entry(session).or_default().push(held.id(number));
        }
        let doubts = fences.into_iter().map(|(session, ids)| Doubt {
            fences: DoubtfulFences::OfCluster(ids.into_iter().map(|id| (id.member.0, id.number)).collect()),
            sessions: vec![session],
            begun: None,
        });
        doubts.collect()
    }

    pub(in crate::generation) fn settle(&self, doubt: &Doubt) -> bool {
        let state = self.state();
        match &doubt.fences {
            DoubtfulFences::Begun(numbers) => self.end(numbers.iter().copied()),
            DoubtfulFences::OfCluster(ids) => {
                let (own, others): (Vec<_>, Vec<_>) =
                    ids.iter().copied().partition(|(member, _)| *member == state.member.0);
                let ended = self.end(own.iter().map(|(_, number)| *number));
                let others: Vec<FenceId> = others
                    .into_iter()
                    .map(|(member, number)| FenceId {
                        member: MemberId(member),
                        number,
                    })
                    .collect();
                let recovered = !others.is_empty()
                    && state
                        .current
                        .load_full()
                        .is_some_and(|mirror| state.recover(&mirror, &others).is_ok());
                ended || recovered
            }
            DoubtfulFences::OfDead { .. } | DoubtfulFences::Abandoned => false,
        }
    }

    pub(super) fn end(&self, numbers: impl IntoIterator<Item = u64>) -> bool {
        self.state().end(numbers)
    }

    pub(in crate::generation) fn written_by(&self, slot: Slot) -> Option<WrittenBy> {
        let state = self.state();
        let mirror = state.current.load_full()?;
        // Whoever holds both locks takes that of `held` first.
        let held = state.held();
        let roster = mirror.roster();
        let fencing = roster
            .fences
            .iter()
            .filter(|(_, record)| record.slots.binary_search(&slot).is_ok());
        let writers = fencing.map(|(id, _)| match id.member == state.member {
            true if held.is_abandoned(id.number) => WrittenBy::InDoubt,
            true => WrittenBy::ThisProcess,
            false if roster.members.contains(&id.member) => WrittenBy::AnotherProcess,
            false => WrittenBy::InDoubt,
        });
        writers.max_by_key(|by| *by == WrittenBy::InDoubt)
    }
}

impl State {
    /// Ends fences of this process. Returns `true` if there were any.
    pub(super) fn end(&self, numbers: impl IntoIterator<Item = u64>) -> bool {
        let ended = {
            let mut held = self.held();
            let ended: Vec<u64> = numbers.into_iter().filter(|number| held.end(*number)).collect();
            let any = !ended.is_empty();
            if any && self.progress().is_away() {
                // Nobody lifts them before the next join, however many follow.
                held.owe_over(ended);
            }
            any
        };
        self.count_begun();
        if ended {
            self.advance(|progress| progress.has_errand = true);
        }
        ended
    }
}
