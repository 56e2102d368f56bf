//! Rows, described for people.

use super::shape::ColumnValues;
use crate::catalog::ColumnKind;
use crate::sql::{Column, TableName};

/// What a query depends on of a table.
#[derive(Clone, Debug)]
pub(crate) struct DescribedRows {
    pub(crate) table: TableName,
    /// The condition, such as `id = 7`; empty if the query depends on every row.
    pub(crate) rows: String,
    /// The volatile columns, whose changes do not matter.
    pub(crate) but: Vec<Column>,
    /// Whether the query does not read these rows, but rows that refer to them.
    pub(crate) are_parents: bool,
}

/// Returns the conditions in SQL syntax.
pub(super) fn describe<'a>(columns: impl Iterator<Item = (&'a Column, ColumnKind, ColumnValues)>) -> String {
    let conditions = columns.map(|(column, kind, values)| {
        let values: Vec<String> = values.iter().map(|value| shown(kind, *value)).collect();
        match &*values {
            [one] => format!("{column} = {one}"),
            several => format!("{column} in ({})", several.join(", ")),
        }
    });
    conditions.collect::<Vec<_>>().join(" and ")
}

/// Writes a value in its usual form.
fn shown(kind: ColumnKind, value: u128) -> String {
    match kind {
        ColumnKind::Integer { .. } => (value as u64 as i64).to_string(),
        ColumnKind::Bool => (value != 0).to_string(),
        ColumnKind::Uuid => {
            let digits = format!("{value:032x}");
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
            parts.join("-")
        }
    }
}
