//! Statistics by statement, printed for people.

use std::fmt;
use std::time::Duration;

use super::super::print::{lines, reasons, size, table, time};
use super::super::stats::{BYPASSES, CAUSES, MISSES, REFUSALS};
use super::{LastInvalidation, StatementStats, Statements};
use crate::event::InvalidationCause;

/// The width of a statement in the table, in characters.
const WIDTH: usize = 100;

impl fmt::Display for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        overview(&self.0, f)
    }
}

impl StatementStats {
    /// Returns the SQL in at most 100 characters: if it is longer, without the list of what a SELECT returns, and cut
    /// where it is still too long. `…` stands for what is left out.
    pub fn short_sql(&self) -> String {
        abbreviated(self.sql())
    }
}

/// Prints a table with a line for each statement.
fn overview(statements: &[StatementStats], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let head = [
        "region",
        "calls",
        "hits",
        "misses",
        "bypasses",
        "in database",
        "mean",
        "saved",
        "size",
        "invalidated by",
        "statement",
    ]
    .map(str::to_owned);
    let is_full = f.alternate();
    let rows = statements.iter().map(|statement| {
        let last = statement.last_invalidation();
        [
            statement.region().to_owned(),
            statement.calls().to_string(),
            statement.hits().to_string(),
            statement.misses().to_string(),
            statement.bypasses().to_string(),
            time(statement.time_in_database()),
            time(statement.mean_query_time()),
            time(statement.time_saved()),
            size(statement.last_size()),
            last.map_or("-".into(), |last| last.to_string()),
            match is_full {
                true => statement.sql().to_owned(),
                false => statement.short_sql(),
            },
        ]
    });
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[0, 9, 10], f)
}

/// Replaces the list of what a SELECT returns, and cuts what is still too long.
fn abbreviated(sql: &str) -> String {
    let length = |text: &str| text.chars().count();
    if length(sql) <= WIDTH {
        return sql.to_owned();
    }
    let short = match from(sql).filter(|_| sql.starts_with("SELECT ")) {
        Some(place) => format!("SELECT …{}", &sql[place..]),
        None => sql.to_owned(),
    };
    match length(&short) {
        0..=WIDTH => short,
        _ => short.chars().take(WIDTH - 1).chain(['…']).collect(),
    }
}

/// Returns the place of the first ` FROM ` that no brackets enclose.
fn from(sql: &str) -> Option<usize> {
    let mut depth = 0_usize;
    sql.char_indices().find_map(|(place, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0 && sql[place..].starts_with(" FROM ")).then_some(place)
    })
}

/// `row of person`, `person`, `region`
impl fmt::Display for LastInvalidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.cause.as_str().replace('_', " ");
        match (&self.cause, &self.table) {
            (InvalidationCause::Table, Some(table)) => f.write_str(table),
            (_, Some(table)) => write!(f, "{cause} of {table}"),
            (_, None) => f.write_str(&cause),
        }
    }
}

impl fmt::Display for StatementStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.region(), self.sql())?;
        if let Some(tables) = self.tables() {
            writeln!(f, "  reads {}", tables.join(", "))?;
        }
        let mut all = vec![
            ("calls", self.calls(), self.saved()),
            ("hits", self.hits(), reasons([("stale", self.stale_hits())]).join(", ")),
            (
                "misses",
                self.misses(),
                reasons(MISSES.map(|reason| (reason.as_str(), self.misses_by(reason)))).join(", "),
            ),
        ];
        let sometimes = [
            (
                "invalidated by",
                CAUSES.iter().map(|cause| self.invalidated_by(*cause)).sum(),
                self.causes(),
            ),
            (
                "bypasses",
                self.bypasses(),
                reasons(BYPASSES.map(|reason| (reason.as_str(), self.bypasses_by(reason)))).join(", "),
            ),
            ("shared waits", self.coalesced_waits(), String::new()),
            ("queries", self.queries(), self.times()),
            ("stores", self.stores(), self.sizes()),
        ];
        all.extend(
            sometimes
                .into_iter()
                .filter(|(_, number, remark)| *number > 0 || !remark.is_empty()),
        );
        let all = all
            .into_iter()
            .map(|(name, number, remark)| (name, number.to_string(), remark));
        lines(&all.collect::<Vec<_>>(), f)
    }
}

impl StatementStats {
    fn saved(&self) -> String {
        match self.time_saved() {
            Duration::ZERO => String::new(),
            saved => format!("saved {}", time(saved)),
        }
    }

    fn causes(&self) -> String {
        let causes = reasons(CAUSES.map(|cause| (cause.as_str(), self.invalidated_by(cause)))).join(", ");
        match self.last_invalidation() {
            Some(last) => format!("{causes}; last: {last}"),
            None => causes,
        }
    }

    fn times(&self) -> String {
        let [all, mean] = [self.time_in_database(), self.mean_query_time()].map(time);
        format!("{all}, {mean} each")
    }

    fn sizes(&self) -> String {
        let mut sizes = Vec::new();
        if self.stores() > 0 {
            sizes.push(format!(
                "{}, last {}",
                size(self.bytes_stored()),
                size(self.last_size())
            ));
        }
        let refusals = reasons(REFUSALS.map(|reason| (reason.as_str(), self.refusals_by(reason))));
        if !refusals.is_empty() {
            sizes.push(format!("not stored: {}", refusals.join(", ")));
        }
        sizes.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_shows_what_it_reads_and_from_where() {
        let columns = "`person`.`name`, ".repeat(9);
        assert_eq!(abbreviated("SELECT a FROM b"), "SELECT a FROM b");
        assert_eq!(
            abbreviated(&format!("SELECT {columns}(SELECT c FROM d) FROM `person` WHERE e = ?")),
            "SELECT … FROM `person` WHERE e = ?"
        );
        let long = abbreviated(&format!("SELECT 'ä' FROM b WHERE {columns}"));
        assert!(
            long.starts_with("SELECT … FROM b WHERE `person`") && long.ends_with('…'),
            "{long}"
        );
        assert_eq!(long.chars().count(), WIDTH);
    }
}
