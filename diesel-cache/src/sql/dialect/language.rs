//! The languages of code in a database.

use super::database::Dialect;
use super::syntax::QuotingModes;

/// The language in which a trigger, a rule or a function is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// The body of an SQLite trigger, after its `CREATE TRIGGER`.
    SqliteTrigger,
    /// PostgreSQL statements, separated by semicolons.
    PostgresSql,
    /// The action of a PostgreSQL rule, after its `CREATE RULE`.
    PostgresRule,
    Plpgsql,
    /// MySQL's and MariaDB's stored programs.
    Mysql,
}

impl Language {
    pub(in crate::sql) fn dialect(self) -> Dialect {
        match self {
            Self::SqliteTrigger => Dialect::Sqlite,
            Self::PostgresSql | Self::PostgresRule | Self::Plpgsql => Dialect::Postgres,
            Self::Mysql => Dialect::Mysql,
        }
    }

    pub(in crate::sql) fn modes(self) -> QuotingModes {
        self.dialect().syntax().spelling.code
    }

    /// Returns the word after which the code begins, if something precedes it.
    pub(in crate::sql) fn begins_behind(self) -> Option<&'static str> {
        match self {
            Self::SqliteTrigger => Some("BEGIN"),
            Self::PostgresRule => Some("DO"),
            Self::PostgresSql | Self::Plpgsql | Self::Mysql => None,
        }
    }

    /// Returns `true` if `SELECT … INTO t` creates a table. Elsewhere it sets a variable.
    pub(in crate::sql) fn select_into_makes_tables(self) -> bool {
        self == Self::PostgresSql
    }

    /// Returns `true` if code may run statements that it builds at run time.
    pub(in crate::sql) fn has_execute(self) -> bool {
        self != Self::SqliteTrigger
    }

    /// Returns `true` if code may assign values to the columns of `NEW`.
    pub(in crate::sql) fn assigns_new(self) -> bool {
        matches!(self, Self::Plpgsql | Self::Mysql)
    }

    /// Returns `true` if the row that a trigger's code returns replaces the row for which it fires.
    pub(in crate::sql) fn returns_row(self) -> bool {
        self == Self::Plpgsql
    }

    /// Returns `true` if a colon may precede `NEW`, as with `sql_mode = ORACLE`, and a comma may precede an assignment.
    pub(in crate::sql) fn lists_assignments(self) -> bool {
        self == Self::Mysql
    }
}
