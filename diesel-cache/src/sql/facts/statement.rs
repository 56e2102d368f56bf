//! What is known of a statement.

use super::{Calls, Change, Tables, Writes};

/// What sort of statement it is. Two savepoints have one name if they have to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It only reads, as far as the text tells. `locks`: it, or a sub-select, has a locking clause.
    Select {
        locks: bool,
    },
    /// It changes rows, or tables.
    Write,
    Begin,
    Commit,
    Rollback,
    Savepoint(Box<str>),
    RollbackTo(Box<str>),
    Release(Box<str>),
    /// MySQL's `SET autocommit`. While off, whatever follows a commit is in a transaction, without a `BEGIN`. `None`: what it was set
    /// to is not known.
    Autocommit(Option<bool>),
    /// It changes nothing that a query could see: `SHOW`, `EXPLAIN`, `ANALYZE`, harmless settings.
    Session,
    /// From now on the same text may mean something else on this connection: `SET search_path`, `SET ROLE`, `USE`, `ATTACH`,
    /// settings not known to be harmless. No invalidation mends that, since the key of a query does not hold it; the connection
    /// needs a namespace of its own.
    Context,
    /// It could not be understood. It may also begin or end a transaction.
    Unknown,
}

/// What is known of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatementFacts {
    pub(crate) kind: Kind,
    /// For messages: `INSERT`, `CREATE TABLE`; of a statement that is not understood, its first word.
    pub(crate) verb: Box<str>,
    pub(crate) reads: Tables,
    pub(crate) writes: Writes,
    /// The functions that it calls, as far as its text shows them.
    pub(crate) calls: Calls,
    /// It commits the transaction it runs in, or may do so (DDL on MySQL); or it may end it otherwise.
    pub(crate) commits: bool,
    /// Not understood, and it may leave a transaction open where there was none.
    pub(crate) begins: bool,
    /// It may change what a catalog says of views, triggers, keys and tables.
    pub(crate) defines: bool,
    /// It may make a table that this connection alone sees, under the name of one that others see.
    pub(crate) private: bool,
    /// It shows what only its session has, and no write changes.
    pub(crate) personal: bool,
    /// What it leaves behind on its connection.
    pub(crate) session: Box<[Change]>,
    /// It names a column that changes when somebody locks a row, which is no write.
    pub(crate) shows_locks: bool,
}

impl StatementFacts {
    pub(in crate::sql) fn new(kind: Kind, verb: &str) -> Self {
        Self {
            kind,
            verb: verb.into(),
            reads: Tables::NONE,
            writes: Writes::Nothing,
            calls: Calls::none(),
            commits: false,
            begins: false,
            defines: false,
            private: false,
            personal: false,
            session: Box::default(),
            shows_locks: false,
        }
    }

    pub(in crate::sql) fn write(verb: &str, writes: Writes) -> Self {
        let mut facts = Self::new(Kind::Write, verb);
        facts.writes = writes;
        facts
    }

    pub(in crate::sql) fn context(verb: &str) -> Self {
        let mut facts = Self::new(Kind::Context, verb);
        facts.writes = Writes::Everything;
        facts
    }

    /// The tables that it writes. Those of [`Kind::Context`] say that other tables may be meant from now on.
    pub(crate) fn written(&self) -> &Writes {
        match self.kind {
            Kind::Context => &Writes::Nothing,
            _ => &self.writes,
        }
    }

    pub(in crate::sql) fn unknown(verb: &str) -> Self {
        let mut facts = Self::new(Kind::Unknown, verb);
        facts.reads = Tables::Everything;
        facts.writes = Writes::Everything;
        facts.commits = true;
        facts.begins = true;
        facts.defines = true;
        facts
    }
}
