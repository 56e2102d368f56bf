//! The facts of a statement.

use super::calls::Calls;
use super::change::SessionChange;
use super::name::NamedColumn;
use super::rows::{Occurrences, RowChanges};
use super::tables::Tables;
use super::writes::Writes;

/// The kind of a statement. The names of savepoints are normalised: two are equal if the database considers them equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatementKind {
    /// It only reads, as far as the text shows. `locks` is `true` if it, or one of its sub-selects, has a locking
    /// clause.
    Select {
        locks: bool,
    },
    /// It changes rows or tables.
    Write,
    Begin,
    Commit,
    Rollback,
    Savepoint(Box<str>),
    RollbackTo(Box<str>),
    Release(Box<str>),
    /// MySQL's `SET autocommit`; `None` if the value is not known. While autocommit is off, the statements after a
    /// commit are in a new transaction, without a `BEGIN`.
    Autocommit(Option<bool>),
    /// It changes no rows, and not what later texts mean: `SHOW`, `EXPLAIN`, `ANALYZE`, harmless settings.
    Utility,
    /// From now on, the same text may mean something else on this connection: `SET search_path`, `SET ROLE`, `USE`,
    /// `ATTACH`, and settings that are not known to be harmless. Invalidation cannot account for this, since the text
    /// of a query does not show it. It has to be part of the key.
    SessionChange,
    /// It is not understood. It may also begin or end a transaction.
    Unknown,
}

/// What is known of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatementFacts {
    pub(crate) kind: StatementKind,
    /// The verb, for messages: `INSERT`, `CREATE TABLE`. For a statement that is not understood, its first word.
    pub(crate) verb: Box<str>,
    pub(crate) reads: Tables,
    /// Which rows of these tables it reads, as far as that is known.
    pub(crate) occurrences: Occurrences,
    /// The columns that its expressions name, if it reads no other columns.
    pub(crate) columns: Option<Box<[NamedColumn]>>,
    pub(crate) writes: Writes,
    /// The number of its binds; `None` if its placeholders have names, or numbers that may repeat.
    pub(crate) binds: Option<usize>,
    /// The functions that it calls, as far as its text shows.
    pub(crate) calls: Calls,
    /// Whether it commits the transaction that it runs in (DDL on MySQL), or may commit or end it.
    pub(crate) commits: bool,
    /// Whether it is not understood and may leave a transaction open where there was none.
    pub(crate) begins: bool,
    /// Whether it may change the catalog: views, triggers, keys or tables.
    pub(crate) defines: bool,
    /// Whether it may create a table that only this connection sees, under the name of a table that others see.
    pub(crate) may_shadow: bool,
    /// Whether it shows state that only its session has and that no write changes.
    pub(crate) shows_session: bool,
    /// The changes that it leaves behind on its connection.
    pub(crate) session_changes: Box<[SessionChange]>,
    /// Whether it names a column that changes when a row is locked. Locking is not a write.
    pub(crate) shows_locks: bool,
}

impl StatementFacts {
    pub(in crate::sql) fn new(kind: StatementKind, verb: &str) -> Self {
        Self {
            kind,
            verb: verb.into(),
            reads: Tables::NONE,
            occurrences: Occurrences::default(),
            columns: None,
            writes: Writes::Nothing,
            binds: None,
            calls: Calls::none(),
            commits: false,
            begins: false,
            defines: false,
            may_shadow: false,
            shows_session: false,
            session_changes: Box::default(),
            shows_locks: false,
        }
    }

    pub(in crate::sql) fn write(verb: &str, writes: Writes) -> Self {
        let mut facts = Self::new(StatementKind::Write, verb);
        facts.writes = writes;
        facts
    }

    pub(in crate::sql) fn session_change(verb: &str) -> Self {
        let mut facts = Self::new(StatementKind::SessionChange, verb);
        facts.writes = Writes::Everything;
        facts
    }

    /// Returns the tables that it writes. A [`StatementKind::SessionChange`] writes none: its `writes` only mean that
    /// later texts may refer to other tables.
    pub(crate) fn written(&self) -> &Writes {
        match self.kind {
            StatementKind::SessionChange => &Writes::Nothing,
            _ => &self.writes,
        }
    }

    /// Returns `true` if it may change the catalog's entries for tables that it does not name.
    pub(crate) fn redefines(&self) -> bool {
        self.defines
            && self.kind != StatementKind::Unknown
            && match &*self.verb {
                "GRANT" | "REVOKE" => false,
                "DROP INDEX" | "ALTER INDEX" => true,
                // A function that it calls may do so.
                _ if matches!(self.kind, StatementKind::Select { .. }) => true,
                _ => self.writes == Writes::Everything,
            }
    }

    /// Forgets which rows and columns it reads and writes. It then counts as reading and writing any row of its tables.
    pub(in crate::sql) fn forget_rows(&mut self) {
        self.occurrences = Occurrences::default();
        self.columns = None;
        self.writes = self.writes.with_rows(|rows| *rows = RowChanges::Any);
    }

    pub(in crate::sql) fn unknown(verb: &str) -> Self {
        let mut facts = Self::new(StatementKind::Unknown, verb);
        facts.reads = Tables::Everything;
        facts.writes = Writes::Everything;
        facts.commits = true;
        facts.begins = true;
        facts.defines = true;
        facts
    }
}
