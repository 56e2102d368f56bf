//! What the cache knows about a query, as text.

use std::fmt;

mod why;

use super::options::QueryOptions;
use super::plan::Explained;
use crate::engine::{Forecast, Outcome, RowsForecast};
use crate::event::RefusalReason;
use crate::footprint::{DescribedRows, whole};
use crate::generation::{Slot, WrittenBy};
use crate::key::CacheKey;
use crate::sql::{Operations, TableName, Writes};

/// A query as the cache sees it, and what its next load would be; returned by
/// [`RunCachedDsl::explain`](crate::RunCachedDsl::explain). Prints as a few lines:
///
/// ```text
/// region  default
/// key     32ab…
/// context search_path = 'tenant_7'
/// sql     SELECT "post"."id", "post"."title" FROM "post" WHERE ("post"."id" = $1) (postgres)
/// tables  post by id = 7
/// next    miss (invalidated by row); the rows would be stored
/// why     a statement has written rows with the key that the query looks for
/// entry   none
/// ```
///
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
    context: String,
    forecast: Forecast,
    skip_empty: bool,
    /// Why it may depend on any table, if it does.
    any_table: Option<String>,
    entry: Option<String>,
}

impl Explanation {
    /// May block.
    pub(super) fn of(explained: Explained, options: &QueryOptions) -> Self {
        let Explained { plan, rows, context } = explained;
        let scope = &plan.request.scope;
        let tables = match plan.dependencies(options.depends_on) {
            Writes::Everything => None,
            known => Some(known.known().to_vec()),
        };
        let slots: Vec<Slot> = tables
            .iter()
            .flatten()
            .map(|(table, _)| whole(&scope.namespace, table))
            .collect();
        let forecast = plan.request.forecast(&slots);
        let entry = plan.request.peek(None).map(|(entry, tier)| {
            let age = entry
                .header
                .stored_at
                .age_at(scope.core.cache.now())
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
            any_table: tables.is_none().then(|| why::any_table(&plan.statement)),
            tables,
            rows,
            context,
            forecast,
            skip_empty: options.skip_empty,
            entry,
        }
    }

    /// Returns what the next load of this query would be on this connection, if nothing changed until then.
    ///
    /// A load may turn out better: another caller may have stored the rows meanwhile. Which row type a load will have
    /// is not known, so an entry of any layout counts as a hit.
    pub fn outcome(&self) -> Outcome {
        self.forecast.outcome
    }

    /// Returns why the rows of a load that queries the database would not be stored; `None` if they would be, or if the
    /// reason shows only with the rows.
    pub fn refusal(&self) -> Option<RefusalReason> {
        match self.forecast.rows {
            RowsForecast::Refused(reason) => Some(reason),
            RowsForecast::Stored | RowsForecast::NotStored | RowsForecast::NotRead => None,
        }
    }

    /// Returns whose write keeps the query from the cache, if [`outcome`](Self::outcome) is a bypass for that reason.
    pub fn written_by(&self) -> Option<WrittenBy> {
        self.forecast.fenced.as_ref().map(|(by, _)| *by)
    }

    /// Returns the tables that are being written, if [`outcome`](Self::outcome) is a bypass for that reason. It is
    /// empty if something else is being changed, such as the region.
    pub fn written_tables(&self) -> Vec<&str> {
        let fenced = self.forecast.fenced.iter().flat_map(|(_, tables)| tables);
        let tables = self.tables.as_deref().unwrap_or_default();
        fenced.filter_map(|at| Some(tables.get(*at)?.0.as_str())).collect()
    }

    /// Returns the part of the key that comes from the connection, a line each: where it leads, as a digest, if that is
    /// known, and the settings that were sent on it. Connections with different lines have entries of their own.
    pub fn context(&self) -> Vec<&str> {
        self.context.lines().collect()
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

    /// Returns the tables that the query depends on, sorted; `None` if they are unknown, and every write invalidates
    /// the entry.
    ///
    /// If the database was [introspected](crate::Cache::introspect), the printed form says which rows of a table the
    /// query depends on, with the values of the key that it was given (`post by id = 7`), or that it depends on all of
    /// them, and which [volatile](crate::CacheBuilder::volatile) columns it does not read (`post without visits by id =
    /// 7`).
    ///
    /// The query may depend on some tables only by some operations, because only these change a table that it reads.
    /// The printed form has these operations in parentheses, and says of which rows (`post by id = 5 (DELETE)`) if the
    /// query fixes a foreign key.
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
        if !self.context.is_empty() {
            writeln!(f, "context {}", self.context().join("; "))?;
        }
        writeln!(f, "sql     {} ({})", on_one_line(&self.sql), self.backend)?;
        match &self.tables {
            Some(tables) => {
                let table = |(table, operations): &(TableName, Operations)| match *operations == Operations::ALL {
                    true => self.rows_of(table),
                    false => self.operations_on(table, operations),
                };
                let tables: Vec<String> = tables.iter().map(table).collect();
                writeln!(f, "tables  {}", on_one_line(&tables.join(", ")))?;
            }
            None => writeln!(
                f,
                "tables  unknown: any write invalidates it, because {}",
                on_one_line(self.any_table.as_deref().unwrap_or_default())
            )?,
        }
        writeln!(f, "next    {}", why::next(&self.forecast, self.skip_empty))?;
        if let Some(why) = why::why(&self.forecast, &self.written_tables()) {
            writeln!(f, "why     {why}")?;
        }
        write!(f, "entry   {}", self.entry.as_deref().unwrap_or("none"))
    }
}

/// Escapes line breaks and other control characters, which a name in quotes may have.
fn on_one_line(text: &str) -> String {
    let escaped = |c: char| match c.is_control() {
        true => c.escape_default().collect(),
        false => String::from(c),
    };
    text.chars().map(escaped).collect()
}

fn joined(parts: impl Iterator<Item: fmt::Display>, separator: &str) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(separator)
}
