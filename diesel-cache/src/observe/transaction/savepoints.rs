//! Savepoints: the writes before each of them, and the effect of a rollback or a release.

use super::{Open, Savepoint, TransactionState};
use crate::sql::{Behaviour, Writes};

impl TransactionState {
    pub(super) fn save(&mut self, name: &str, behaviour: &Behaviour) {
        match (self.open, behaviour.savepoint_begins) {
            (Open::Yes, _) => {}
            (Open::No, Some(true)) => {
                self.begin(Open::Yes);
                self.begun_by_savepoint = Open::Yes;
            }
            (Open::No, Some(false)) => return,
            (Open::No | Open::Maybe, _) => {
                self.begin(Open::Maybe);
                self.begun_by_savepoint = Open::Maybe;
            }
        }
        if behaviour.savepoints_have_collation && !name.is_ascii() {
            // The collation may treat the name as that of an earlier savepoint.
            return self.savepoints.clear();
        }
        self.savepoints.push(Savepoint {
            name: name.into(),
            pending: self.pending.clone(),
            context: self.context.clone(),
        });
    }

    /// Undoes what was written since the savepoint. An unknown name leaves everything as it is.
    pub(super) fn roll_back_to(&mut self, name: &str, behaviour: &Behaviour) {
        if let Some(place) = self.savepoint(name) {
            let savepoint = &self.savepoints[place];
            if self.open == Open::Yes {
                self.pending = savepoint.pending.clone();
            }
            match behaviour.rolls_back_settings {
                Some(true) => self.context.take_back(savepoint.context.clone()),
                None if savepoint.context != self.context => self.context.lose(),
                _ => {}
            }
            self.savepoints.truncate(place + 1);
        } else if behaviour.may_roll_back_settings()
            && self.before.as_ref().is_some_and(|before| *before != self.context)
        {
            self.context.lose();
        }
    }

    pub(super) fn release(&mut self, name: &str, behaviour: &Behaviour, visible: &mut Writes) {
        let place = self.savepoint(name);
        match (self.begun_by_savepoint, place) {
            (Open::No, _) if self.open != Open::Maybe => {}
            (Open::Yes, Some(0)) if self.open == Open::Yes => {
                visible.add_all(&self.pending);
                return self.commit(behaviour);
            }
            (Open::Yes, Some(1..)) if self.open == Open::Yes => {}
            _ => {
                visible.add_all(&self.pending);
                self.open = Open::Maybe;
            }
        }
        if let Some(place) = place {
            self.savepoints.truncate(place);
        }
    }

    fn savepoint(&self, name: &str) -> Option<usize> {
        self.savepoints.iter().rposition(|known| *known.name == *name)
    }
}
