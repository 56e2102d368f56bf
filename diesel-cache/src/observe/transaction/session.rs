//! Changes of the session state, and whether the database undoes them.

use super::rules::takes_back;
use super::{Open, TransactionState};
use crate::observe::context::is_charset;
use crate::sql::{Dialect, SessionChange};

impl TransactionState {
    /// Applies changes that statements have made to the session.
    pub(super) fn follow(&mut self, changes: &[SessionChange], dialect: Option<Dialect>) {
        for change in changes {
            // PostgreSQL undoes what a transaction has set. If a transaction may be open, it is not known what stays.
            // MySQL's prepared statements keep the database, and the grammar, for which they were prepared.
            let unclear = self.open == Open::Maybe && takes_back(dialect);
            let rebound = self.prepared && dialect != Some(Dialect::Postgres) && rebinds(change);
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
