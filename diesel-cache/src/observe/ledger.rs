//! What a connection has written and not yet shown: followed by the text of its statements alone.
//!
//! Diesel's own transactions send `BEGIN`, `SAVEPOINT`, `COMMIT`, … as statements like everybody else's, so texts tell all
//! there is to know, whoever sends them. They do not tell whether a statement that failed has done half its work; so after an
//! error a transaction *may* be open, and is treated as both: what is written counts at once, and again at the commit.
//!
//! Everything here errs to one side: a table too many is a lost hit, one too few a wrong row.

use crate::tables::{Analysis, Kind, StatementFacts, TableName, Tables};

/// Is a transaction open?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Open {
    No,
    Maybe,
    Yes,
}

/// The state of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    open: Open,
    /// Tables written in the open transaction.
    pending: Tables,
    /// For each savepoint: its name, and what had been written before it.
    savepoints: Vec<(TableName, Tables)>,
    /// Outside any transaction, a savepoint began one (SQLite): releasing it commits.
    begun_by_savepoint: bool,
    /// MySQL's `SET autocommit = 0`: a transaction begins where another ends.
    autocommit: bool,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            open: Open::No,
            pending: Tables::NONE,
            savepoints: Vec::new(),
            begun_by_savepoint: false,
            autocommit: true,
        }
    }
}

impl Ledger {
    pub(crate) fn open(&self) -> Open {
        self.open
    }

    /// Tables written in the open transaction.
    pub(crate) fn pending(&self) -> &Tables {
        &self.pending
    }

    /// The tables that this text may change for others to see, when it is sent now; and the state if all of it succeeds.
    pub(crate) fn plan(&self, text: &Analysis) -> (Tables, Self) {
        let mut after = self.clone();
        let mut visible = Tables::NONE;
        for statement in text.statements() {
            after.apply(statement, &mut visible);
        }
        (visible, after)
    }

    /// The state when a text has failed, which would have led to `after`: anything in between.
    ///
    /// `error_ends` says whether the database may end a transaction by itself when a statement in it fails.
    pub(crate) fn fail(&mut self, after: Self, error_ends: bool) {
        self.pending.add_all(&after.pending);
        if self.open != after.open || (self.open == Open::Yes && error_ends) {
            self.open = Open::Maybe;
        }
        if self.savepoints != after.savepoints {
            // Which of them exist is not known, so nothing that was written is taken back before the transaction ends.
            self.savepoints.clear();
        }
    }

    /// Diesel knows that the transaction it had begun is over: a COMMIT that failed has ended it without another word.
    pub(crate) fn over(&mut self) {
        self.end();
    }

    fn apply(&mut self, statement: &StatementFacts, visible: &mut Tables) {
        if statement.commits {
            visible.add_all(&self.pending);
        }
        match &statement.kind {
            Kind::Begin => {
                // MySQL commits what was open; others refuse, or go on with it.
                visible.add_all(&self.pending);
                self.open = Open::Yes;
            }
            Kind::Commit => {
                visible.add_all(&self.pending);
                self.end();
            }
            Kind::Rollback => self.end(),
            Kind::Savepoint(name) => {
                if self.open != Open::Yes {
                    self.begun_by_savepoint = true;
                    self.open = Open::Yes;
                }
                self.savepoints.push((name.clone(), self.pending.clone()));
            }
            Kind::RollbackTo(name) => self.roll_back_to(name),
            Kind::Release(name) => {
                if self.begun_by_savepoint {
                    visible.add_all(&self.pending);
                    if self.savepoints.first().is_none_or(|(first, _)| first == name) {
                        self.open = Open::Maybe;
                    }
                }
                if let Some(place) = self.savepoint(name) {
                    self.savepoints.truncate(place);
                }
            }
            Kind::Autocommit(on) => {
                self.autocommit = *on;
                if *on {
                    visible.add_all(&self.pending);
                    self.end();
                } else {
                    self.open = Open::Yes;
                }
            }
            Kind::Unknown => {
                visible.add_all(&Tables::Everything);
                if self.open != Open::No {
                    self.pending = Tables::Everything;
                    self.open = Open::Maybe;
                }
            }
            // What the same texts mean from now on is part of the key; nothing has changed for others.
            Kind::Context => {}
            Kind::Select { .. } | Kind::Write | Kind::Session => {
                if self.open != Open::No {
                    self.pending.add_all(&statement.writes);
                }
                if self.open != Open::Yes || statement.commits {
                    visible.add_all(&statement.writes);
                }
                if self.open == Open::Yes && statement.commits {
                    // MySQL's DDL: what follows it, up to the next BEGIN, is in no transaction.
                    self.open = Open::Maybe;
                }
            }
        }
    }

    fn end(&mut self) {
        self.open = if self.autocommit { Open::No } else { Open::Yes };
        self.pending = Tables::NONE;
        self.savepoints.clear();
        self.begun_by_savepoint = false;
    }

    /// What was written since the savepoint is undone. An unknown name leaves everything as it is.
    fn roll_back_to(&mut self, name: &TableName) {
        if self.open == Open::Yes
            && let Some(place) = self.savepoint(name)
        {
            self.pending = self.savepoints[place].1.clone();
            self.savepoints.truncate(place + 1);
        }
    }

    fn savepoint(&self, name: &TableName) -> Option<usize> {
        self.savepoints.iter().rposition(|(known, _)| known == name)
    }
}
