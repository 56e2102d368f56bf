//! What the cache knows about a query, as text.

use std::fmt;

use super::options::Options;
use super::plan::{Plan, RowsByTable};
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
    /// Which rows of which tables it reads; `None` where the catalog has not been read.
    rows: Option<RowsByTable>,
    entry: Option<String>,
}

impl Explanation {
    pub(super) fn of(plan: &Plan, options: &Options, rows: Option<RowsByTable>) -> Self {
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

    /// Says which rows of a table the query depends on, where it depends on every operation on them.
    fn rows_of(&self, table: &TableName) -> String {
        let Some(rows) = &self.rows else {
            return table.to_string();
        };
        let rows: Vec<&str> = rows
            .iter()
            .filter(|(of, _)| of == table)
            .map(|(_, rows)| &**rows)
            .collect();
        match rows.is_empty() {
            true => format!("{table} (all rows: no condition fixes a key)"),
            false => format!("{table} by {}", rows.join(", and by ")),
        }
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
    /// depends on, with the values of the key that it was given (`post by id = 7`), or that it depends on all of them.
    ///
    /// The query may depend on some tables only by some operations, because only these change a table that it reads.
    /// The printed form has these operations in brackets.
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
                    false => format!("{table} ({})", operations.words().join("; ")),
                };
                let tables: Vec<String> = tables.iter().map(table).collect();
                writeln!(f, "tables  {}", tables.join(", "))?;
            }
            None => writeln!(f, "tables  unknown: any write makes it stale")?,
        }
        write!(f, "entry   {}", self.entry.as_deref().unwrap_or("none"))
    }
}
