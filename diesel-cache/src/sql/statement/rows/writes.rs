//! The rows that a statement writes, before and after.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Delete, Expr, FromTable, Ident, Insert, ObjectName, OnConflictAction,
    OnInsert, SetExpr, SqliteOnConflict, TableFactor, TableWithJoins, Update,
};

use super::conditions::{ColumnRef, Condition, conjuncts, operand};
use crate::sql::dialect::Dialect;
use crate::sql::facts::{Column, Image, Operand, RowChange, RowChanges};
use crate::sql::statement::identifiers::is_same;
use crate::sql::statement::operations::column;

/// Returns the rows that an INSERT of constants adds, and the conflicting rows that it updates instead.
///
/// A REPLACE, or an upsert that does not name the columns of the conflict, may change rows with other values than those
/// of the statement. It counts as changing any row.
pub(in crate::sql::statement) fn inserted(insert: &Insert, dialect: Dialect) -> RowChanges {
    let Some(upsert) = Upsert::of(insert, dialect) else {
        return RowChanges::Any;
    };
    let is_plain = !insert.replace_into
        && insert.or != Some(SqliteOnConflict::Replace)
        && !insert.overwrite
        && insert.partitioned.is_none()
        && insert.multi_table_insert_type.is_none();
    if !is_plain {
        return RowChanges::Any;
    }
    let columns: Option<Vec<Column>> = insert.columns.iter().map(|name| named(name, dialect)).collect();
    let rows = match insert.source.as_deref().map(|query| &*query.body) {
        Some(SetExpr::Values(values)) => &*values.rows,
        _ => &[],
    };
    let mut images: Vec<Image> = Vec::new();
    for values in rows {
        let mut image = Image::default();
        for (column, value) in columns.iter().flatten().zip(&values.content) {
            image.set(column, operand(value));
        }
        images.push(image);
    }
    if images.is_empty()
        || rows
            .iter()
            .any(|values| Some(values.content.len()) != columns.as_ref().map(Vec::len))
    {
        images = vec![Image::default()];
    }
    let mut changes = Vec::new();
    for image in images {
        changes.extend(upsert.change(&image, dialect));
        changes.push(RowChange {
            before: None,
            after: Some(image),
        });
    }
    RowChanges::these(changes)
}

/// What an INSERT does to conflicting rows.
enum Upsert<'a> {
    /// It leaves them unchanged, or fails.
    Nothing,
    /// It changes the row that has the same values in these columns.
    Update(Vec<Column>, &'a [Assignment]),
}

impl<'a> Upsert<'a> {
    /// Returns `None` if it is not known which rows are changed.
    fn of(insert: &'a Insert, dialect: Dialect) -> Option<Self> {
        let conflict = match &insert.on {
            None => return Some(Self::Nothing),
            Some(OnInsert::OnConflict(conflict)) => conflict,
            Some(_) => return None,
        };
        let update = match &conflict.action {
            OnConflictAction::DoNothing => return Some(Self::Nothing),
            OnConflictAction::DoUpdate(update) => update,
        };
        let Some(ConflictTarget::Columns(columns)) = &conflict.conflict_target else {
            return None;
        };
        let columns: Option<Vec<Column>> = columns.iter().map(|name| column(&name.value, dialect)).collect();
        Some(Self::Update(columns?, &update.assignments))
    }

    /// Returns the change of the row that conflicts with this one.
    fn change(&self, new: &Image, dialect: Dialect) -> Option<RowChange> {
        let Self::Update(columns, assignments) = self else {
            return None;
        };
        let mut before = Image::default();
        for column in columns {
            if let Some(operands) = new.get(column) {
                before.fix(column.clone(), operands.to_vec());
            }
        }
        let mut after = before.clone();
        for assignment in *assignments {
            match assigned(assignment, dialect) {
                Some((column, value)) => {
                    let value = value.or_else(|| excluded(&assignment.value, new, dialect));
                    after.set(&column, value);
                }
                // The assignment may change any column.
                None => after = Image::default(),
            }
        }
        Some(RowChange {
            before: Some(before),
            after: Some(after),
        })
    }
}

/// Reads `excluded.c`: the value that the new row would have had.
fn excluded(value: &Expr, new: &Image, dialect: Dialect) -> Option<Operand> {
    let Expr::CompoundIdentifier(parts) = value else {
        return None;
    };
    let [table, name] = &**parts else { return None };
    if !table.value.eq_ignore_ascii_case("excluded") {
        return None;
    }
    match new.get(&column(&name.value, dialect)?)? {
        [operand] => Some(*operand),
        _ => None,
    }
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

/// Returns the column of an assignment, and its new value if that is known; `None` if the column is not known.
fn assigned(assignment: &Assignment, dialect: Dialect) -> Option<(Column, Option<Operand>)> {
    match &assignment.target {
        AssignmentTarget::ColumnName(name) => Some((named(name, dialect)?, operand(&assignment.value))),
        AssignmentTarget::Tuple(_) => None,
    }
}

/// Returns the column of this name; `None` if the name has several parts, since it may be a field of another column.
fn named(name: &ObjectName, dialect: Dialect) -> Option<Column> {
    let [part] = &*name.0 else { return None };
    column(&part.as_ident()?.value, dialect)
}
