//! The pending writes of a connection, derived from the text of its statements alone.
//!
//! Diesel's transactions send `BEGIN`, `SAVEPOINT`, `COMMIT` and so on as ordinary statements, so the texts are
//! sufficient, whichever code sends them. They do not show whether a failed statement has taken effect in part. So
//! after an error a transaction *may* be open, and both cases are covered: a write counts at once, and again at the
//! commit.
//!
//! Every rule here errs to the safe side: a table too many costs a hit, and a table too few would cause wrong rows.
//!
//! One case is not detected: Diesel reports no error for a SQLite statement that fails while its rows are loaded. If a
//! conflict clause of the *schema*, or a trigger, has rolled back the transaction as well, and the program continues
//! regardless, the following statements count as part of that transaction until its end.

mod outcome;
pub(super) mod plan;
pub(super) mod question;
mod savepoints;
mod session;

use super::context::ConnectionContext;
use crate::sql::{Behaviour, StatementFacts, StatementKind, Writes};

/// Whether a transaction is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Open {
    No,
    Maybe,
    Yes,
}

/// The transaction state of one connection.
#[derive(Clone, Debug)]
pub(super) struct TransactionState {
    open: Open,
    /// The state after a transaction ends: with MySQL's `SET autocommit = 0`, another one is open.
    idle: Open,
    /// Tables written in the open transaction.
    pending: Writes,
    savepoints: Vec<Savepoint>,
    /// Whether a savepoint outside any transaction has begun the open one (SQLite). Releasing that savepoint commits.
    begun_by_savepoint: Open,
    /// Whether a statement has failed in the open transaction. If so, its COMMIT on PostgreSQL may be a ROLLBACK.
    failed: bool,
    /// Whether PostgreSQL has refused a statement. If so, an open transaction accepts no more statements.
    refused: bool,
    /// Whether the database was asked if a transaction is open, and did not say no.
    asked: bool,
    /// Whether statements may have been prepared on the connection.
    prepared: bool,
    /// Whether a statement of the open transaction has changed what the catalog says of tables that it does not name.
    redefined: bool,
    /// Whether a statement of the open transaction has changed what the catalog says of a table.
    defined: bool,
    context: ConnectionContext,
    /// The context before the open transaction.
    before: Option<ConnectionContext>,
}

#[derive(Clone, PartialEq, Debug)]
struct Savepoint {
    name: Box<str>,
    /// The tables written before it.
    pending: Writes,
    context: ConnectionContext,
}

impl Default for TransactionState {
    fn default() -> Self {
        Self {
            open: Open::No,
            idle: Open::No,
            pending: Writes::Nothing,
            savepoints: Vec::new(),
            begun_by_savepoint: Open::No,
            failed: false,
            refused: false,
            asked: false,
            prepared: false,
            redefined: false,
            defined: false,
            context: ConnectionContext::default(),
            before: None,
        }
    }
}

impl TransactionState {
    /// Creates the state of a connection in the middle of a transaction whose statements were not observed.
    pub(super) fn unseen() -> Self {
        let mut transaction = Self::default();
        transaction.begin(Open::Maybe);
        transaction.pending = Writes::Everything;
        transaction.lose_context();
        transaction
    }

    pub(super) fn open(&self) -> Open {
        self.open
    }

    /// Returns the tables written in the open transaction.
    pub(super) fn pending(&self) -> &Writes {
        &self.pending
    }

    pub(super) fn context(&self) -> &ConnectionContext {
        &self.context
    }

    /// Resets the context to that of a new connection to this home: what was set before is the same for all.
    pub(super) fn begin_at(&mut self, home: &str) {
        self.context = ConnectionContext::at(home);
    }

    /// Sets the connection's home, and keeps its settings.
    pub(super) fn move_to(&mut self, home: &str) {
        let savepoints = self.savepoints.iter_mut().map(|savepoint| &mut savepoint.context);
        let earlier = self.before.iter_mut().chain(savepoints);
        earlier.for_each(|context| context.move_to(home));
        self.context.move_to(home);
    }

    fn apply(&mut self, statement: &StatementFacts, behaviour: &Behaviour, visible: &mut Writes) {
        if statement.commits {
            visible.add_all(&self.pending);
        }
        match &statement.kind {
            StatementKind::Begin => {
                // MySQL commits the open transaction. Others refuse the statement, or continue the transaction.
                visible.add_all(&self.pending);
                self.begin(Open::Yes);
            }
            StatementKind::Commit => {
                visible.add_all(&self.pending);
                if self.open == Open::No {
                    // The transaction began before the connection was observed, so its writes are unknown.
                    visible.add_all(&Writes::Everything);
                }
                self.commit(behaviour);
            }
            StatementKind::Rollback => self.roll_back(behaviour),
            StatementKind::Savepoint(name) => self.save(name, behaviour),
            StatementKind::RollbackTo(name) => self.roll_back_to(name, behaviour),
            StatementKind::Release(name) => self.release(name, behaviour, visible),
            StatementKind::Autocommit(on) => self.autocommit(*on, visible),
            StatementKind::Unknown => {
                visible.add_all(&Writes::Everything);
                if self.open != Open::No || statement.begins {
                    self.begin(Open::Maybe);
                    self.pending = Writes::Everything;
                }
            }
            StatementKind::SessionChange if !statement.commits => {}
            StatementKind::Select { .. }
            | StatementKind::Write
            | StatementKind::Utility
            | StatementKind::SessionChange => {
                // The session's settings are part of the key, and a change of them does not affect other connections.
                if statement.kind != StatementKind::SessionChange {
                    if self.open != Open::No {
                        self.pending.add_all(&statement.writes);
                    }
                    if self.open != Open::Yes || statement.commits {
                        visible.add_all(&statement.writes);
                    }
                }
                if self.open == Open::Yes && statement.commits {
                    // After MySQL's DDL, no transaction is open until the next BEGIN.
                    self.open = Open::Maybe;
                }
            }
        }
    }

    fn begin(&mut self, open: Open) {
        self.asked = false;
        if self.open == Open::No {
            self.before = Some(self.context.clone());
        }
        self.open = open;
    }

    fn commit(&mut self, behaviour: &Behaviour) {
        // After a failure, the commit may have been a rollback.
        if self.failed
            && behaviour.may_roll_back_settings()
            && self.before.as_ref().is_some_and(|before| *before != self.context)
        {
            self.lose_context();
        }
        self.end();
    }

    fn roll_back(&mut self, behaviour: &Behaviour) {
        match (self.before.take(), behaviour.rolls_back_settings) {
            (Some(before), Some(true)) => self.context.take_back(before),
            (Some(before), None) if before != self.context => self.context.lose(),
            _ => {}
        }
        self.end();
    }

    fn end(&mut self) {
        self.context.forget_local();
        self.open = Open::No;
        self.before = None;
        if self.idle != Open::No {
            self.begin(self.idle);
        }
        self.pending = Writes::Nothing;
        self.savepoints.clear();
        self.begun_by_savepoint = Open::No;
        self.failed = false;
    }

    fn autocommit(&mut self, on: Option<bool>, visible: &mut Writes) {
        visible.add_all(&self.pending);
        match on {
            Some(false) => {
                self.idle = Open::Yes;
                self.begin(Open::Yes);
            }
            // It commits if it was off. If it was on, an open transaction stays open.
            Some(true) => match std::mem::replace(&mut self.idle, Open::No) {
                Open::Yes => self.end(),
                Open::Maybe if self.open != Open::No => self.open = Open::Maybe,
                Open::Maybe | Open::No => {}
            },
            None => {
                self.idle = Open::Maybe;
                self.begin(Open::Maybe);
            }
        }
    }
}
