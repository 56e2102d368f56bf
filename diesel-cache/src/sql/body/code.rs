//! Languages that code is written in, and what a piece of code writes.

use crate::sql::{Columns, Dialect, TableName, Writes};

/// What code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// The body of one of SQLite's triggers, with `CREATE TRIGGER` in front.
    SqliteTrigger,
    /// Statements of PostgreSQL, separated by semicolons.
    PostgresSql,
    /// The action of a rule, with `CREATE RULE` in front.
    PostgresRule,
    Plpgsql,
    /// MySQL's and MariaDB's stored programs.
    Mysql,
}

impl Language {
    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::SqliteTrigger => Dialect::Sqlite,
            Self::PostgresSql | Self::PostgresRule | Self::Plpgsql => Dialect::Postgres,
            Self::Mysql => Dialect::Mysql,
        }
    }
}

/// What a piece of code writes by statements of its own. What the functions do that it calls is another matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    pub(crate) writes: Writes,
    /// The words of statements that write something and are not understood: what they write is among them.
    pub(crate) unread: Vec<TableName>,
    /// Columns of the row that its trigger is fired for, to which it assigns values.
    pub(crate) assigned: Columns,
    /// It builds statements at run time, hands them on as texts, or spells names by escapes.
    pub(crate) is_dynamic: bool,
}
