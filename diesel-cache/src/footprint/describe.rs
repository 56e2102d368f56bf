//! Rows, for people.

use super::shape::ColumnValues;
use crate::catalog::ColumnKind;
use crate::sql::{Column, TableName};

/// What a query depends on of a table.
#[derive(Clone, Debug)]
pub(crate) struct DescribedRows {
    pub(crate) table: TableName,
    /// `id = 7`; empty for every row.
    pub(crate) rows: String,
    /// Columns whose changes do not matter.
    pub(crate) but: Vec<Column>,
    /// Whether these are not read, but rows to which those that are read refer.
    pub(crate) are_parents: bool,
}

/// Returns the conditions in SQL's words.
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
