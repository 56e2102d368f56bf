//! Fences without anybody who will lift them: whose connection was lost, or dropped in the middle of a statement.

use super::super::writer::Session;
use super::{Hold, Writing};
use crate::fault::{self, Mutation};

#[derive(Debug)]
pub(super) struct Abandoned {
    hold: Hold,
    until: u64,
}

impl Writing {
    /// Keeps the fence, without anybody who will lift it, until the grace is over or the session gone.
    pub(in super::super) fn abandon(&mut self, hold: Hold, now: u64, default_grace: u64) {
        let grace = match hold.grace {
            _ if fault::is_mutated(Mutation::LiftDoubtAtOnce) => 0,
            0 => default_grace,
            grace => grace,
        };
        self.abandoned.push(Abandoned {
            until: now.saturating_add(grace),
            hold,
        });
    }

    /// Lifts the abandoned fences whose grace is over.
    pub(in super::super) fn sweep(&mut self, now: u64) {
        self.lift_abandoned(|abandoned, _| abandoned.until <= now);
    }

    /// Lifts the abandoned fences of a session that is gone.
    pub(in super::super) fn settle(&mut self, gone: &[Session]) -> bool {
        self.lift_abandoned(|abandoned, session| {
            abandoned.hold.named.is_some() && session.is_some_and(|it| gone.contains(&it))
        })
    }

    fn lift_abandoned(&mut self, over: impl Fn(&Abandoned, Option<Session>) -> bool) -> bool {
        let sessions = self.sessions;
        let is_over =
            |abandoned: &mut Abandoned| over(abandoned, abandoned.hold.named.and_then(|place| sessions[place]));
        let lifted: Vec<_> = self.abandoned.extract_if(.., is_over).collect();
        for abandoned in &lifted {
            self.lift(&abandoned.hold);
        }
        !lifted.is_empty()
    }

    /// The sessions whose end would settle abandoned fences.
    pub(in super::super) fn abandoned_sessions(&self) -> impl Iterator<Item = Session> {
        self.abandoned
            .iter()
            .filter_map(|abandoned| self.sessions[abandoned.hold.named?])
    }

    pub(in super::super) fn has_abandoned(&self) -> bool {
        !self.abandoned.is_empty()
    }
}
