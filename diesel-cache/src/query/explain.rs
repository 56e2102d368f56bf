//! What the cache knows about a query, as text.

use std::fmt;

use super::options::Options;
use super::plan::Plan;
use crate::footprint::DescribedRows;
use crate::key::CacheKey;
use crate::sql::{Operations, TableName, Writes};

/// A query as the cache sees it; returned by [`RunCachedDsl::explain`](crate::RunCachedDsl::explain). Prints as a few
/// lines.
#[derive(Clone, Debug)]
pub struct Explanation {
    region: String,
    namespace: String,
    key: CacheKey,
    backend: &'static str,
    sql: String,
    tables: Option<Vec<(TableName, Operations)>>,
    /// The rows on which it depends; `None` where the catalog has not been read.
    rows: Option<Vec<DescribedRows>>,
    entry: Option<String>,
}

impl Explanation {
    pub(super) fn of(plan: &Plan, options: &Options, rows: Option<Vec<DescribedRows>>) -> Self {
        let scope = &plan.request.scope;
        let tables = match plan.dependencies(options.depends_on) {
            Writes::Everything => None,
            known => Some(known.known().to_vec()),
        };
        let entry = plan.request.peek(None).map(|(entry, tier)| {
            let age = entry
                .header
                .stored_at
                .age_at(scope.core.context.now())
                .unwrap_or_default();
            format!(
                "{} B in {}, {age:?} old",
                entry.len(),
                format!("{tier:?}").to_lowercase()
            )
        });
        Self {
            region: scope.core.name().to_string(),
            namespace: scope.namespace.to_string(),
            key: plan.key(),
            backend: plan.statement.backend(),
            sql: plan.statement.sql().to_owned(),
            tables,
            rows,
            entry,
        }
    }

    /// Says which rows of a table the query reads.
    fn rows_of(&self, table: &TableName) -> String {
        let Some(rows) = &self.rows else {
            return table.to_string();
        };
        let read = |rows: &&DescribedRows| rows.table == *table && !rows.are_parents;
        let read: Vec<&DescribedRows> = rows.iter().filter(read).collect();
        let but = match read.first() {
            Some(one) if !one.but.is_empty() => format!(" without {}", joined(one.but.iter(), ", ")),
            _ => String::new(),
        };
        match read.iter().all(|one| one.rows.is_empty()) {
            true => format!("{table}{but} (all rows: no condition fixes a key)"),
            false => format!(
                "{table}{but} by {}",
                joined(read.iter().map(|one| &one.rows), ", and by ")
            ),
        }
    }

    /// Says by which operations on a table the query's rows change, and of which rows.
    fn operations_on(&self, table: &TableName, operations: &Operations) -> String {
        let parents = self.rows.iter().flatten();
        let parents: Vec<&DescribedRows> = parents
            .filter(|rows| rows.table == *table && rows.are_parents)
            .collect();
        let by = match parents.is_empty() {
            true => String::new(),
            false => format!(" by {}", joined(parents.iter().map(|one| &one.rows), ", and by ")),
        };
        format!("{table}{by} ({})", operations.words().join("; "))
    }

    /// Returns the region's name.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the key.
    pub fn key(&self) -> CacheKey {
        self.key
    }

    /// Returns the SQL as it would be sent, with placeholders.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns the tables that the query depends on, sorted; `None` if they are unknown, and every write makes the
    /// entry stale.
    ///
    /// If the database was [introspected](crate::Cache::introspect), the printed form says which rows of a table the query
    /// depends on, with the values of the key that it was given (`post by id = 7`), or that it depends on all of them, and
    /// which [volatile](crate::CacheBuilder::volatile) columns it does not read (`post without visits by id = 7`).
    ///
    /// The query may depend on some tables only by some operations, because only these change a table that it reads.
    /// The printed form has these operations in brackets, and says of which rows (`post by id = 5 (DELETE)`) if the query
    /// fixes a foreign key.
    pub fn tables(&self) -> Option<Vec<&str>> {
        let tables = self.tables.as_ref()?;
        Some(tables.iter().map(|(table, _)| table.as_str()).collect())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "region  {}", self.region)?;
        if !self.namespace.is_empty() {
            writeln!(f, "space   {}", self.namespace)?;
        }
        writeln!(f, "key     {}", self.key)?;
        writeln!(f, "sql     {} ({})", self.sql, self.backend)?;
        match &self.tables {
            Some(tables) => {
                let table = |(table, operations): &(TableName, Operations)| match *operations == Operations::ALL {
                    true => self.rows_of(table),
                    false => self.operations_on(table, operations),
                };
                let tables: Vec<String> = tables.iter().map(table).collect();
                writeln!(f, "tables  {}", tables.join(", "))?;
            }
            None => writeln!(f, "tables  unknown: any write makes it stale")?,
        }
        write!(f, "entry   {}", self.entry.as_deref().unwrap_or("none"))
    }
}

fn joined(parts: impl Iterator<Item: fmt::Display>, separator: &str) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(separator)
}
