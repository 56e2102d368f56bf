//! Whether a query reads columns that were declared as volatile.

use std::sync::Arc;

use super::shapes::{Shapes, TableShapes};
use crate::fault::{Mutation, is_mutated};
use crate::key::Statement;
use crate::sql::{Column, folded};

impl Shapes {
    /// Returns whether the query may read volatile columns of a table. It reads none where it names all columns that it
    /// reads, and its text has none of their names in it.
    pub(super) fn reads_volatile(&self, statement: &Statement) -> impl Fn(&TableShapes) -> bool + use<> {
        let text = self.names_columns(statement).then(|| folded(statement.sql()));
        move |table| match &text {
            _ if is_mutated(Mutation::RowsVolatile) => false,
            Some(text) => table.volatile.iter().any(|column| names(text, column)),
            None => true,
        }
    }

    /// Returns `true` if every name in the query's expressions is a column of one of its tables, and no other is read.
    ///
    /// PostgreSQL's `t.f` calls a function of the row if the table has no such column.
    fn names_columns(&self, statement: &Statement) -> bool {
        let tables = statement.reads().known().iter().map(|table| self.table(table));
        let (Some(tables), Some(columns)) = (tables.collect::<Option<Vec<_>>>(), statement.columns()) else {
            return false;
        };
        let is_column = |column| {
            tables
                .iter()
                .any(|table: &&Arc<TableShapes>| table.all.contains(column))
        };
        columns.iter().all(is_column)
    }
}

/// Returns `true` if a text has the name in it, wherever that is.
fn names(text: &str, column: &Column) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let name = column.as_str();
    match name.chars().all(is_part) {
        true => text.split(|c| !is_part(c)).any(|word| word == name),
        // As part of a name that must be in quotes.
        false => text.contains(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_word() {
        for (text, name, expected) in [
            ("select seen from person", "seen", true),
            ("select p.\"seen\" from person p", "seen", true),
            ("select unseen, seen_at, seens from person", "seen", false),
            ("select id from person where x in (select 'seen')", "seen", true),
            ("select \"last seen\" from person", "last seen", true),
            ("select last, seen from person", "last seen", false),
            ("select größe from person", "größe", true),
        ] {
            assert_eq!(names(&folded(text), &Column::new(name)), expected, "{text}");
        }
    }
}
