//! Changes of the session state, and whether the database undoes them.

use super::{Open, TransactionState};
use crate::observe::context::is_charset;
use crate::sql::{Behaviour, SessionChange};

impl TransactionState {
    /// Applies changes that statements have made to the session.
    pub(super) fn follow(&mut self, changes: &[SessionChange], behaviour: &Behaviour) {
        for change in changes {
            // If a transaction may be open, and its end may undo what it has set, it is not known what stays.
            let unclear = self.open == Open::Maybe && behaviour.may_roll_back_settings();
            let rebound = self.prepared && behaviour.statements_keep_settings && rebinds(change);
            let mut context = self.context.clone();
            context.follow(change);
            if *change == SessionChange::Unknown || ((unclear || rebound) && context != self.context) {
                self.lose_context();
            } else {
                self.context = context;
            }
        }
    }

    /// Records that the session state is unknown, and that a rollback may not restore it.
    pub(in crate::observe) fn lose_context(&mut self) {
        self.context.lose();
        if let Some(before) = &mut self.before {
            *before = self.context.clone();
        }
        for savepoint in &mut self.savepoints {
            savepoint.context = self.context.clone();
        }
    }
}

/// Returns `true` if prepared statements keep the state from before the change.
fn rebinds(change: &SessionChange) -> bool {
    let matters = |name: &str| ["use", "sql_mode", "old_mode"].contains(&name) || is_charset(name);
    match change {
        SessionChange::Set { name, .. } => matters(name),
        SessionChange::Written(text) => text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .any(|word| matters(&word.to_ascii_lowercase())),
        _ => false,
    }
}
