//! The rows that a statement writes, before and after.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Insert, ObjectName, OnConflictAction, OnInsert,
    SetExpr, SqliteOnConflict, TableFactor, TableWithJoins, Update,
};

use super::conditions::{ColumnRef, Condition, conjuncts, operand};
use super::sources::is_same;
use crate::sql::dialect::Dialect;
use crate::sql::facts::{Column, Image, Operand, RowChange, RowChanges};
use crate::sql::statement::operations::column;

/// Returns the rows that an INSERT of constants adds.
///
/// An upsert, and a REPLACE, may change other rows than those that they name.
pub(in crate::sql::statement) fn inserted(insert: &Insert, dialect: Dialect) -> RowChanges {
    let is_upsert = match &insert.on {
        None => false,
        Some(OnInsert::OnConflict(conflict)) => conflict.action != OnConflictAction::DoNothing,
        Some(_) => true,
    };
    let is_plain = !is_upsert
        && !insert.replace_into
        && insert.or != Some(SqliteOnConflict::Replace)
        && !insert.overwrite
        && insert.partitioned.is_none()
        && insert.multi_table_insert_type.is_none();
    if !is_plain {
        return RowChanges::Any;
    }
    let added = |after| RowChange {
        before: None,
        after: Some(after),
    };
    let columns: Option<Vec<Column>> = insert.columns.iter().map(|name| named(name, dialect)).collect();
    let rows = match insert.source.as_deref().map(|query| &*query.body) {
        Some(SetExpr::Values(values)) => &*values.rows,
        _ => &[],
    };
    let (Some(columns), false) = (columns, rows.is_empty()) else {
        return RowChanges::these(vec![added(Image::default())]);
    };
    let row = |values: &[Expr]| {
        let mut image = Image::default();
        if values.len() == columns.len() {
            for (column, value) in columns.iter().zip(values) {
                image.set(column, operand(value));
            }
        }
        added(image)
    };
    RowChanges::these(rows.iter().map(|values| row(&values.content)).collect())
}

/// Returns the rows that an UPDATE of one table changes.
pub(in crate::sql::statement) fn updated(update: &Update, dialect: Dialect) -> RowChanges {
    let is_plain = update.from.is_none() && update.or != Some(SqliteOnConflict::Replace);
    let Some(before) = only(&update.table)
        .filter(|_| is_plain)
        .map(|target| target.rows(update.selection.as_ref(), dialect))
    else {
        return RowChanges::Any;
    };
    let mut after = before.clone();
    for assignment in &update.assignments {
        let Some((column, value)) = assigned(assignment, dialect) else {
            return RowChanges::Any;
        };
        after.set(&column, value);
    }
    RowChanges::these(vec![RowChange {
        before: Some(before),
        after: Some(after),
    }])
}

/// Returns the rows that a DELETE from one table removes.
pub(in crate::sql::statement) fn deleted(delete: &Delete, dialect: Dialect) -> RowChanges {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let (true, true, [table]) = (delete.tables.is_empty(), delete.using.is_none(), &**from) else {
        return RowChanges::Any;
    };
    let Some(target) = only(table) else {
        return RowChanges::Any;
    };
    RowChanges::these(vec![RowChange {
        before: Some(target.rows(delete.selection.as_ref(), dialect)),
        after: None,
    }])
}

/// The table that a statement writes, if it is the only one.
struct Target<'a> {
    name: &'a Ident,
}

fn only(tables: &TableWithJoins) -> Option<Target<'_>> {
    match &tables.relation {
        TableFactor::Table {
            name,
            alias,
            args: None,
            version: None,
            partitions,
            sample: None,
            ..
        } if tables.joins.is_empty() && partitions.is_empty() => {
            let name = match alias {
                Some(alias) if alias.columns.is_empty() => &alias.name,
                Some(_) => return None,
                None => name.0.last()?.as_ident()?,
            };
            Some(Target { name })
        }
        _ => None,
    }
}

impl Target<'_> {
    /// Returns what is known of the rows that meet the condition.
    fn rows(&self, condition: Option<&Expr>, dialect: Dialect) -> Image {
        let mut rows = Image::default();
        let own = |named: ColumnRef<'_>| {
            let is_own = named
                .qualifier
                .last()
                .is_none_or(|qualifier| is_same(self.name, qualifier));
            is_own.then(|| column(&named.column.value, dialect)).flatten()
        };
        if let Some(condition) = condition {
            conjuncts(condition, &mut |condition| {
                if let Condition::OneOf(named, operands) = condition
                    && let Some(column) = own(named)
                {
                    rows.fix(column, operands);
                }
            });
        }
        rows
    }
}

/// Returns the column of an assignment, and its new value if that is known; `None` where the column is not known.
fn assigned(assignment: &Assignment, dialect: Dialect) -> Option<(Column, Option<Operand>)> {
    match &assignment.target {
        AssignmentTarget::ColumnName(name) => Some((named(name, dialect)?, operand(&assignment.value))),
        AssignmentTarget::Tuple(_) => None,
    }
}

/// Returns the column of this name, without the name of its table; `None` if it may be the field of another.
fn named(name: &ObjectName, dialect: Dialect) -> Option<Column> {
    let [part] = &*name.0 else { return None };
    column(&part.as_ident()?.value, dialect)
}
