//! The databases, each with its syntax.

use super::behaviour::{Behaviour, UNKNOWN};
use super::syntax::Syntax;
use super::{mysql, postgres, sqlite};

/// The database for which a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Mysql,
    Postgres,
}

impl Dialect {
    /// All dialects, each at its [index](Self::index).
    ///
    /// If the dialect of a text is not known, its readings are combined in this order, beginning with the first.
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Mysql, Self::Postgres];

    /// Returns the position of the dialect in [`ALL`](Self::ALL).
    pub(in crate::sql) const fn index(self) -> usize {
        match self {
            Self::Sqlite => 0,
            Self::Mysql => 1,
            Self::Postgres => 2,
        }
    }

    /// Returns what the modules of [`sql`](crate::sql) know of this database.
    pub(in crate::sql) fn syntax(self) -> &'static Syntax {
        match self {
            Self::Sqlite => &sqlite::SYNTAX,
            Self::Mysql => &mysql::SYNTAX,
            Self::Postgres => &postgres::SYNTAX,
        }
    }

    /// Returns `true` if no value of the setting, or pragma, changes what a query returns. `name` is in lower case.
    pub(crate) fn is_harmless_setting(self, name: &str) -> bool {
        self.syntax().session.harmless_settings.contains(&name)
    }

    /// Returns `true` if the setting is harmless in a database that has it.
    pub(in crate::sql) fn is_harmless_anywhere(name: &str) -> bool {
        Self::ALL.iter().any(|dialect| dialect.is_harmless_setting(name))
    }
}

impl Behaviour {
    /// Returns the behaviour of a database; `None` stands for one that is not known.
    pub(crate) fn of(dialect: Option<Dialect>) -> &'static Self {
        dialect.map_or(&UNKNOWN, |dialect| &dialect.syntax().behaviour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_stands_at_its_index() {
        for (index, dialect) in Dialect::ALL.into_iter().enumerate() {
            assert_eq!(dialect.index(), index);
        }
    }

    #[test]
    fn no_setting_is_in_two_lists() {
        for dialect in Dialect::ALL {
            let session = &dialect.syntax().session;
            let mut all: Vec<_> = session
                .harmless_settings
                .iter()
                .chain(session.meaningful_settings)
                .collect();
            all.sort_unstable();
            for pair in all.windows(2) {
                assert_ne!(pair[0], pair[1]);
            }
            assert!(all.iter().all(|name| **name == name.to_ascii_lowercase()));
        }
    }
}
