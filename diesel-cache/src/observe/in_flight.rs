//! The statements of a connection that are under way, with the fences that stand until they are over.
//!
//! A blocking connection has one at most, and says when it is over. An asynchronous one may have several, whose ends
//! come in any order or, when their futures are dropped, not at all; and what it calls the end need not be it:
//!
//! - PostgreSQL's and MySQL's connections report the end of a statement with rows when the first rows may be read.
//!   Where the output is long, or a notice is sent, that is before the server has committed. SQLite's comes from the
//!   blocking connection inside, and late.
//! - A dropped future may have sent its statement or not. PostgreSQL's connection lends itself to several futures at a
//!   time, so that a statement without an end may also be one whose future has yet to be polled.
//!
//! What settles all of them is order: a server works on the statements of a connection one after the other. So a
//! statement is over when another one has been answered that was sent after it; and that is known of one that *started*
//! after the first one's future was gone, or after its end was reported.
//!
//! MySQL's driver is beyond help. When a future of its was dropped, the next statement is given the answer to the one
//! before, and so on. On such a connection nothing that is read is stored, and fences stand until the grace is over or
//! the connection's session is gone.

use super::transaction::plan::StatementPlan;
use crate::diesel_text::is_text_of;
use crate::generation::Fence;
use crate::sql::Writes;

/// How many statements that do nothing of note are remembered. More are under way in no pipeline of any use; forgetting one
/// costs nothing but that it settles no others.
const REMEMBERED: usize = 64;

/// A moment in the life of a connection: the number of reports so far.
type ReportCount = u64;

#[derive(Debug)]
pub(super) struct Statement {
    /// The SQL, without the bound values.
    pub(super) sql: String,
    /// Whether it was prepared, so that the event of its start has its bound values.
    pub(super) prepared: bool,
    /// What it does; taken when the transaction has been told.
    pub(super) plan: Option<StatementPlan>,
    /// Everything it writes, now or at a commit.
    pub(super) writes: Writes,
    /// Whether it may return rows of what it writes.
    pub(super) returning: bool,
    pub(super) fences: Vec<Fence>,
    /// The verb, if the statement changes what the catalog says.
    pub(super) defines: Option<Box<str>>,
    /// Whether it may change whether a transaction is open, or what texts mean.
    pub(super) changes: bool,
    /// Whether others were in flight beside it.
    pub(super) beside: bool,
    /// Whether the transaction counts it as one that may have no end.
    pub(super) left: bool,
    started: ReportCount,
    ended: bool,
    /// If a statement that starts later is answered, this one is over.
    over_after: Option<ReportCount>,
}

impl Statement {
    pub(super) fn new(sql: String, prepared: bool, returning: bool, writes: Writes) -> Self {
        Self {
            sql,
            prepared,
            plan: None,
            writes,
            returning,
            fences: Vec::new(),
            defines: None,
            changes: false,
            beside: false,
            left: false,
            started: 0,
            ended: false,
            over_after: None,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct InFlight {
    statements: Vec<Statement>,
    now: ReportCount,
}

impl InFlight {
    /// Returns those that have not ended, oldest first.
    pub(super) fn running(&mut self) -> impl Iterator<Item = &mut Statement> {
        self.statements.iter_mut().filter(|statement| !statement.ended)
    }

    /// Returns `true` if a statement that has not ended may change whether a transaction is open, or what texts mean.
    #[cfg(any(test, all(feature = "async", feature = "postgres")))]
    pub(super) fn has_changes(&self) -> bool {
        let mut running = self.statements.iter().filter(|statement| !statement.ended);
        running.any(|statement| statement.changes)
    }

    pub(super) fn start(&mut self, mut statement: Statement) {
        self.now += 1;
        statement.started = self.now;
        for other in self.running() {
            other.beside = true;
            statement.beside = true;
        }
        if self.statements.len() >= REMEMBERED {
            self.statements
                .retain(|other| !other.fences.is_empty() || other.changes);
        }
        self.statements.push(statement);
    }

    /// The futures of all running statements are gone: only the caller has the connection.
    pub(super) fn all_gone(&mut self) {
        self.now += 1;
        let now = self.now;
        for statement in self.running() {
            statement.over_after.get_or_insert(now);
        }
    }

    /// Removes the statement whose end is reported: the oldest one with this text, as statements with the same text do
    /// the same.
    pub(super) fn end(&mut self, sql: &str) -> Option<Statement> {
        self.now += 1;
        let place = self
            .statements
            .iter()
            .position(|statement| !statement.ended && is_text_of(sql, &statement.sql))?;
        Some(self.statements.remove(place))
    }

    /// Removes the latest statement, whose end is reported, on a connection that has one at a time.
    pub(super) fn end_latest(&mut self) -> Option<Statement> {
        self.now += 1;
        let place = self.statements.iter().rposition(|statement| !statement.ended)?;
        Some(self.statements.remove(place))
    }

    /// Keeps a statement whose end was reported too early, until a later statement is answered.
    pub(super) fn keep(&mut self, mut statement: Statement) {
        statement.ended = true;
        statement.over_after = Some(self.now);
        self.statements.insert(0, statement);
    }

    /// Records that the database has answered a statement. Takes the fences of those that are over with it.
    pub(super) fn answered(&mut self, statement: &Statement) -> Vec<Fence> {
        let (now, started) = (self.now, statement.started);
        let mut over = Vec::new();
        self.statements.retain_mut(|other| match other.over_after {
            Some(moment) if moment < started => {
                over.append(&mut other.fences);
                false
            }
            // Sent before, if it was sent. But its future may have yet to be polled: who starts another statement only
            // now has hardly kept it until then.
            None if other.started < started => {
                other.over_after = Some(now);
                true
            }
            _ => true,
        });
        over
    }

    /// Takes all fences.
    pub(super) fn take_fences(&mut self) -> impl Iterator<Item = Fence> {
        self.statements
            .iter_mut()
            .flat_map(|statement| std::mem::take(&mut statement.fences))
    }
}
