//! Whether a query reads columns that were declared as volatile.

use std::sync::Arc;

use super::shapes::{Shapes, TableShapes};
use crate::fault::{Mutation, is_mutated};
use crate::key::Statement;
use crate::sql::{Column, NamedColumn, folded};

impl Shapes {
    /// Returns `true` if the query may read volatile columns of a table. It does not if it names all columns that it
    /// reads, and none of them is volatile.
    pub(super) fn read_volatile(&self, table: &TableShapes, statement: &Statement) -> bool {
        if is_mutated(Mutation::RowsVolatile) {
            return false;
        }
        let Some(columns) = self.columns_of(statement) else {
            return true;
        };
        // Names also occur outside of expressions: in USING, and perhaps elsewhere. So the whole text is searched for
        // them.
        let text = folded(statement.sql());
        let is_named = |column: &Column| columns.iter().any(|named| named.column == *column) || may_name(&text, column);
        table.volatile.iter().any(is_named)
    }

    /// Returns the columns that the query names, if it reads no others: each is a column of the table that it is
    /// qualified with, or of one of the query's tables.
    ///
    /// PostgreSQL's `t.f` calls a function of the row if the table has no such column.
    fn columns_of<'s>(&self, statement: &'s Statement) -> Option<&'s [NamedColumn]> {
        let tables = statement.reads().known().iter().map(|table| self.table(table));
        let tables: Vec<&Arc<TableShapes>> = tables.collect::<Option<_>>()?;
        let is_column = |NamedColumn { table, column }: &NamedColumn| match table {
            Some(table) => self.table(table).is_some_and(|table| table.all.contains(column)),
            None => tables.iter().any(|table| table.all.contains(column)),
        };
        statement.columns().filter(|columns| columns.iter().all(is_column))
    }
}

/// Returns `true` if a text may contain the name, anywhere.
fn may_name(text: &str, column: &Column) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let name = column.as_str();
    match name.chars().all(is_part) {
        // The search cannot read PostgreSQL's names with escapes.
        true => text.split(|c| !is_part(c)).any(|word| word == name) || text.contains("u&\""),
        // Such a name must be quoted, and can be written in several ways.
        false => name.contains(['"', '`', '[', ']', '\'']) || text.contains(name),
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
            ("select U&\"s\\0065en\" from person", "seen", true),
            ("select \"ti\"\"tle\" from person", "ti\"tle", true),
        ] {
            assert_eq!(may_name(&folded(text), &Column::new(name)), expected, "{text}");
        }
    }
}
