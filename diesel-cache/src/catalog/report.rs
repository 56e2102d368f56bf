//! The findings of an introspection, as reported to people.

use std::fmt;

use super::consequence::Consequence;
use crate::sql::{TableName, Tables};

/// The findings of [`Cache::introspect`](crate::Cache::introspect) in a database. Prints as a few lines.
#[derive(Clone, Debug, Default)]
pub struct Introspection {
    pub(super) cascades: usize,
    pub(super) triggers: usize,
    pub(super) views: usize,
    pub(super) rules: usize,
    pub(super) children: usize,
    pub(super) functions: usize,
    pub(super) event_triggers: usize,
    pub(super) opaque: Vec<Opaque>,
    pub(crate) consequences: Vec<Consequence>,
}

impl Introspection {
    /// Foreign keys by which a write to one table changes another: `CASCADE`, `SET NULL` or `SET DEFAULT`, on delete or
    /// update.
    pub fn cascades(&self) -> usize {
        self.cascades
    }

    /// Returns the number of triggers.
    pub fn triggers(&self) -> usize {
        self.triggers
    }

    /// Returns the number of views, SQLite's virtual tables included and materialised views excluded.
    pub fn views(&self) -> usize {
        self.views
    }

    /// Returns the number of PostgreSQL's rules, other than those that make a view.
    pub fn rules(&self) -> usize {
        self.rules
    }

    /// Returns the number of PostgreSQL's partitions, and of tables that inherit from others.
    pub fn children(&self) -> usize {
        self.children
    }

    /// Functions that write tables or change their caller's session, without those of triggers and without procedures.
    pub fn functions(&self) -> usize {
        self.functions
    }

    /// Returns the number of PostgreSQL's event triggers.
    pub fn event_triggers(&self) -> usize {
        self.event_triggers
    }

    /// Returns what could not be seen through, with the tables that it is assumed to touch.
    pub fn opaque(&self) -> &[Opaque] {
        &self.opaque
    }

    /// Returns which operations on which tables change what is read from other tables, in any number of steps;
    /// including the facts given [by hand](crate::CacheBuilder::cascades).
    ///
    /// A table is not listed as a consequence of itself: every write to it invalidates what was read from it.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use diesel::connection::SimpleConnection;
    /// # let mut conn = SqliteConnection::establish(":memory:")?;
    /// # let cache = diesel_cache::Cache::builder().build()?;
    /// conn.batch_execute(
    ///     "CREATE TABLE person (id INTEGER PRIMARY KEY);
    ///      CREATE TABLE address (person_id INTEGER NOT NULL REFERENCES person ON DELETE CASCADE);
    ///      CREATE VIEW homeless AS SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM address);",
    /// )?;
    /// let found = cache.introspect(&mut conn)?;
    /// let all: Vec<String> = found.consequences().iter().map(ToString::to_string).collect();
    /// assert_eq!(all, [
    ///     "DELETE on `person` changes `address`",
    ///     "any write to `address` changes `homeless`",
    ///     "any write to `person` changes `homeless`",
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn consequences(&self) -> &[Consequence] {
        &self.consequences
    }

    pub(super) fn add_opaque(&mut self, what: &'static str, name: &str, on: Option<&str>, why: &str, tables: &Tables) {
        self.opaque.push(Opaque {
            what,
            name: name.into(),
            on: on.map(Into::into),
            why: why.into(),
            tables: tables.clone(),
        });
    }
}

impl fmt::Display for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.cascades, "cascading foreign key", "cascading foreign keys"),
            (self.triggers, "trigger", "triggers"),
            (self.views, "view", "views"),
            (self.rules, "rule", "rules"),
            (self.children, "partition or child", "partitions or children"),
            (
                self.functions,
                "function with side effects",
                "functions with side effects",
            ),
            (self.event_triggers, "event trigger", "event triggers"),
        ];
        let mut separator = "";
        for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            write!(f, "{separator}{count} {}", if count == 1 { one } else { many })?;
            separator = ", ";
        }
        if separator.is_empty() {
            f.write_str("nothing that connects tables")?;
        }
        self.opaque.iter().try_for_each(|opaque| write!(f, "\n{opaque}"))
    }
}

/// A trigger, view, rule or function that could not be seen through. Prints as a sentence.
#[derive(Clone, Debug)]
pub struct Opaque {
    what: &'static str,
    name: Box<str>,
    on: Option<Box<str>>,
    why: Box<str>,
    tables: Tables,
}

impl Opaque {
    /// Returns the name of the trigger, view, rule or function.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the tables that it is assumed to change, or to show if it is a view; `None` for every table.
    pub fn tables(&self) -> Option<Vec<&str>> {
        match &self.tables {
            Tables::Known(tables) => Some(tables.iter().map(TableName::as_str).collect()),
            Tables::Everything => None,
        }
    }
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, why, .. } = self;
        write!(f, "{what} `{name}`")?;
        if let Some(on) = &self.on {
            write!(f, " on `{on}`")?;
        }
        let verb = if *what == "view" { "show" } else { "change" };
        write!(f, " {why}: taken to {verb} ")?;
        match self.tables() {
            None => f.write_str("every table"),
            Some(tables) if tables.is_empty() => f.write_str("no table, as its text names none"),
            Some(tables) => write!(f, "every table that its text names: `{}`", tables.join("`, `")),
        }
    }
}
