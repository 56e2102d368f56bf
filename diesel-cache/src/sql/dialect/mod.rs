//! The databases whose SQL is understood.
//!
//! A rule that differs between databases is a field of [`Syntax`], which each database fills in in its own file. What takes code of its own
//! has a file for each database, chosen by one `match`: [`rewrite`](super::rewrite), [`session`](super::session) and
//! [`settings`](super::settings). Another database is a variant here, a file in these four folders, and the arms that the compiler then
//! asks for.

mod mysql;
mod postgres;
mod sqlite;
mod syntax;

pub(super) use syntax::{Syntax, Vacuum};

/// A database whose SQL is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl Dialect {
    pub(super) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mysql];

    /// Returns the dialect of a backend, by the name that the backend has in keys.
    pub(crate) fn of_backend(name: &str) -> Option<Self> {
        match name {
            "sqlite" => Some(Self::Sqlite),
            "postgres" => Some(Self::Postgres),
            "mysql" => Some(Self::Mysql),
            _ => None,
        }
    }

    /// Returns `true` if no value of the setting, or pragma, changes what a query returns. The name is in lower case.
    pub(crate) fn is_harmless(self, name: &str) -> bool {
        self.syntax().harmless.contains(&name)
    }

    /// Returns the facts about this database's SQL.
    #[inline]
    pub(super) fn syntax(self) -> &'static Syntax {
        match self {
            Self::Sqlite => &sqlite::SYNTAX,
            Self::Postgres => &postgres::SYNTAX,
            Self::Mysql => &mysql::SYNTAX,
        }
    }
}
