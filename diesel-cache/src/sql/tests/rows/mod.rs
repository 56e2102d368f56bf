//! The rows that statements read and write.

mod columns;
mod reads;
mod writes;

use super::{failures, one};
use crate::sql::{Dialect, Image, Operand, RowChanges, StatementKind, Value};

/// Spells an image: `id=7 post_id=?1|?2`.
fn image(image: &Image) -> String {
    let operand = |operand: &Operand| match operand {
        Operand::Value(Value::Integer(value)) => value.to_string(),
        Operand::Value(Value::Bool(value)) => value.to_string(),
        Operand::Value(Value::Uuid(value)) => format!("{value:x}"),
        Operand::Bind(number) => format!("?{}", number + 1),
        Operand::Elements(number) => format!("any ?{}", number + 1),
    };
    let mut columns: Vec<_> = image
        .iter()
        .map(|(column, operands)| {
            let operands: Vec<_> = operands.iter().map(operand).collect();
            format!("{column}={}", operands.join("|"))
        })
        .collect();
    columns.sort();
    columns.join(" ")
}

/// Asserts that each SELECT has exactly these conditions: `person: id=7; address: person_id=7`. An exclamation mark
/// after a table means that there must be such a row if the result is not empty.
fn reads(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, expected)| {
            let facts = one(sql, dialect);
            let mut found: Vec<_> = facts
                .occurrences
                .iter()
                .map(|occurrence| {
                    let proof = if occurrence.proves { "!" } else { "" };
                    format!("{}{proof}: {}", occurrence.table, image(&occurrence.rows))
                })
                .collect();
            found.sort();
            let found = found.join("; ");
            let is_select = matches!(facts.kind, StatementKind::Select { .. });
            if is_select && found == expected {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {found}\n    {expected}"))
            }
        })
    }));
}

/// Asserts that each write changes exactly these rows: `id=7 -> id=7 name=1`, `-> id=7`, `id=7 ->`, or `*` for any.
fn changes(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, expected)| {
            let facts = one(sql, dialect);
            let tables = facts
                .writes
                .known()
                .iter()
                .map(|(_, operations)| match &operations.rows {
                    RowChanges::Any => "*".to_owned(),
                    RowChanges::These(changes) => {
                        let one = |rows: &Option<Image>| rows.as_ref().map_or("none".to_owned(), image);
                        let changes = changes
                            .iter()
                            .map(|change| format!("{} -> {}", one(&change.before), one(&change.after)));
                        changes.collect::<Vec<_>>().join(", ")
                    }
                });
            let found = tables.collect::<Vec<_>>().join("; ");
            if found == expected {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {found}\n    {expected}"))
            }
        })
    }));
}
