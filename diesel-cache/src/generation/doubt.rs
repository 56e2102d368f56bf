//! Fences met, and what can be done about them: the dead are recovered, and doubts settled.

use std::sync::atomic::Ordering::Relaxed;

use super::Generations;
use super::begun::Begun;
use super::file::Attached;
use super::line;
use super::on_task::may_block;
use super::recovery::{self, Outcome};
use super::slot::Slot;
use super::writer::Session;

/// How often the process tries the lock of a writer whose fence it meets, in milliseconds.
pub(super) const TRY_INTERVAL: u64 = 20;

/// How often it asks about doubts, in milliseconds: a statement each, while loads go to the database anyway.
const ASK_INTERVAL: u64 = 250;

/// Fences that are to be lifted as soon as all these sessions have left their servers; or, if their statements are known to have
/// begun, as soon as these are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(super) whose: Whose,
    pub(crate) sessions: Vec<Session>,
    pub(crate) begun: Option<Begun>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// All fences of a dead writer.
    Dead { writer: usize, claim: u64 },
    /// Those that this process has abandoned.
    Own,
    /// Those of this process with these numbers, whose statements have begun.
    Begun(Vec<u64>),
}

impl Generations {
    /// May [`doubts_to_ask`](Self::doubts_to_ask) have an answer? An atomic load.
    #[cfg(feature = "async")]
    pub(crate) fn is_time_to_ask(&self) -> bool {
        self.0.clock.coarse() >= self.0.ask_at.load(Relaxed) || self.0.shared.load(Relaxed) > 0
    }

    /// Doubts that could be settled at once, by asking the database at this place; none if that was asked a moment ago. Worth a call when
    /// [`stamp`](Self::stamp) has returned `None`; cheap.
    pub(crate) fn doubts_to_ask(&self, place: &str) -> Vec<Doubt> {
        let mut doubts = self.begun_to_ask(place);
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
        let Some(attached) = self.0.current.load_full() else {
            return Vec::new();
        };
        let mut doubts = recovery::doubts(&attached.map);
        let own: Vec<_> = self.writing().abandoned_sessions().collect();
        doubts.extend(own.into_iter().map(|session| Doubt {
            whose: Whose::Own,
            sessions: vec![session],
            begun: None,
        }));
        doubts
    }

    /// Lifts the fences of a doubt that the caller has found to be over. Were any lifted?
    pub(crate) fn settle(&self, doubt: &Doubt) -> bool {
        if let Whose::Begun(numbers) = &doubt.whose {
            return self.lift_shared(numbers);
        }
        let mut writing = self.writing_now();
        match &doubt.whose {
            Whose::Begun(_) => false,
            Whose::Own => writing.settle(&doubt.sessions),
            &Whose::Dead { writer, claim } => writing.attached.as_ref().is_some_and(|attached| {
                matches!(
                    recovery::settle(attached, writer, claim, &doubt.sessions),
                    Ok(Outcome::Recovered)
                )
            }),
        }
    }

    /// A reader has met a fence: is its writer dead, or its doubt over? `true` if some fences were lifted.
    #[cold]
    pub(super) fn suspect(&self, attached: &Attached, slot: Slot) -> bool {
        if self.0.home.is_some() && !may_block() {
            return false; // the longer way leads to `catch_up`
        }
        let now = self.0.clock.coarse();
        let mut lifted = false;
        for id in line::writers(&attached.map.lines()[slot.index() as usize]) {
            let due = self.0.try_at[id].load(Relaxed);
            let mine = now >= due
                && self.0.try_at[id]
                    .compare_exchange(due, now + TRY_INTERVAL, Relaxed, Relaxed)
                    .is_ok();
            lifted |= mine && self.try_to_lift(attached, id);
        }
        lifted
    }

    fn try_to_lift(&self, attached: &Attached, id: usize) -> bool {
        let mut writing = self.writing();
        let now = self.0.clock.since_boot();
        if self.0.home.is_none() || writing.own_id() == Some(id) {
            writing.sweep(now);
            return true;
        }
        if !writing
            .attached
            .as_ref()
            .is_some_and(|it| std::ptr::eq(&**it, attached))
        {
            return false; // another file by now
        }
        match recovery::recover(attached, id, now) {
            Ok(Outcome::Recovered) => {
                // Who has the number next is another: its death is found out at once, too.
                self.0.try_at[id].store(0, Relaxed);
                true
            }
            Ok(Outcome::Damaged) => {
                if let Some(home) = &self.0.home {
                    let replaced = home.replace(&mut writing, &self.0.current, now);
                    let _ = replaced.and_then(|()| self.follow(&mut writing));
                }
                false
            }
            Ok(Outcome::Alive | Outcome::InDoubt) | Err(_) => false,
        }
    }
}
