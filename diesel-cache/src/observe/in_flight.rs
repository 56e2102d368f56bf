//! The statements of a connection that are under way, with the fences that stand until they are over.
//!
//! A blocking connection has at most one such statement, and reports its end. An asynchronous connection may have
//! several. Their ends are reported in any order, or not at all if their futures are dropped, and a reported end need
//! not be the real one:
//!
//! - PostgreSQL's and MySQL's connections report the end of a statement with rows when the first rows may be read. If
//!   the output is long, or a notice is sent, the server has not committed by then. SQLite's end is reported late, by
//!   the blocking connection inside.
//! - A dropped future may or may not have sent its statement. Several futures may share a PostgreSQL connection, so the
//!   future of a statement without an end may also not have been polled yet.
//!
//! The order of statements settles all of these cases: a server executes the statements of a connection one after the
//! other. So a statement is over once a statement that was sent later has been answered. A statement is known to have
//! been sent later if it *started* after the first one's future was dropped, or after its end was reported.
//!
//! MySQL's driver does not recover from a dropped future: the next statement receives the answer to the dropped one,
//! and so on. Rows that such a connection reads are never stored, and its fences stand until the grace is over or the
//! session is gone.

use super::transaction::plan::StatementPlan;
use crate::diesel_text::is_text_of;
use crate::generation::Fence;
use crate::sql::Writes;

/// The number of statements without effects that are remembered. No sensible pipeline has more of them under way. A
/// statement that is forgotten settles no others.
const REMEMBERED: usize = 64;

/// A moment in the life of a connection: the number of reports so far.
type ReportCount = u64;

/// A statement that has started and is not known to be over.
#[derive(Debug)]
pub(super) struct StatementInFlight {
    /// The SQL, without the bound values.
    pub(super) sql: String,
    /// Whether it was prepared, so that its start event has its bind values.
    pub(super) prepared: bool,
    /// Its effects; taken once they are applied to the transaction.
    pub(super) plan: Option<StatementPlan>,
    /// Everything that it writes, now or at a commit.
    pub(super) writes: Writes,
    /// Whether it may return the rows that it writes.
    pub(super) returning: bool,
    pub(super) fences: Vec<Fence>,
    /// The verb, if the statement changes what the catalog says.
    pub(super) defines: Option<Box<str>>,
    /// Whether it may begin or end a transaction, or change what texts mean.
    pub(super) changes: bool,
    /// Whether other statements were in flight at the same time.
    pub(super) beside: bool,
    /// Whether the transaction treats it as a statement that may never end.
    pub(super) left: bool,
    started: ReportCount,
    ended: bool,
    /// If a statement that starts later is answered, this one is over.
    over_after: Option<ReportCount>,
}

impl StatementInFlight {
    /// Creates a statement without effects.
    pub(super) fn new(sql: String, prepared: bool) -> Self {
        Self {
            sql,
            prepared,
            plan: None,
            writes: Writes::Nothing,
            returning: false,
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
    statements: Vec<StatementInFlight>,
    now: ReportCount,
}

impl InFlight {
    /// Returns `true` if no statement is in flight, or remembered.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Returns the statements that have not ended, oldest first.
    pub(super) fn running(&mut self) -> impl Iterator<Item = &mut StatementInFlight> {
        self.statements.iter_mut().filter(|statement| !statement.ended)
    }

    /// Returns `true` if a statement that has not ended may begin or end a transaction, or change what texts mean.
    #[cfg(any(test, all(feature = "async", feature = "postgres")))]
    pub(super) fn has_changes(&self) -> bool {
        let mut running = self.statements.iter().filter(|statement| !statement.ended);
        running.any(|statement| statement.changes)
    }

    pub(super) fn start(&mut self, mut statement: StatementInFlight) {
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

    /// Records that the futures of all running statements are gone, because the caller has exclusive access.
    pub(super) fn all_gone(&mut self) {
        self.now += 1;
        let now = self.now;
        for statement in self.running() {
            statement.over_after.get_or_insert(now);
        }
    }

    /// Removes the statement whose end is reported. It is the oldest one with this text, since statements with the same
    /// text have the same effects.
    pub(super) fn end(&mut self, sql: &str) -> Option<StatementInFlight> {
        self.now += 1;
        let place = self
            .statements
            .iter()
            .position(|statement| !statement.ended && is_text_of(sql, &statement.sql))?;
        Some(self.statements.remove(place))
    }

    /// Removes the latest statement, whose end is reported, on a connection that runs one statement at a time.
    pub(super) fn end_latest(&mut self) -> Option<StatementInFlight> {
        self.now += 1;
        let place = self.statements.iter().rposition(|statement| !statement.ended)?;
        Some(self.statements.remove(place))
    }

    /// Keeps a statement whose end was reported too early, until a later statement is answered.
    pub(super) fn keep(&mut self, mut statement: StatementInFlight) {
        statement.ended = true;
        statement.over_after = Some(self.now);
        self.statements.insert(0, statement);
    }

    /// Records that the database has answered a statement. Takes the fences of the statements that are therefore over.
    pub(super) fn answered(&mut self, statement: &StatementInFlight) -> Vec<Fence> {
        let (now, started) = (self.now, statement.started);
        let mut over = Vec::new();
        self.statements.retain_mut(|other| match other.over_after {
            Some(moment) if moment < started => {
                over.append(&mut other.fences);
                false
            }
            // If it was sent, it was sent earlier. Its future may still be unpolled, but hardly anybody keeps a future
            // that long and then starts another statement.
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
