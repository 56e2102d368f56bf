//! The operations of a parsed statement on the table that it writes.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Insert, Merge, MergeAction, MergeUpdateKind, ObjectName, OnConflictAction, OnInsert,
};

use crate::sql::{
    dialect::Dialect,
    facts::{Column, Operations},
};

/// Returns the UPDATE of a SET list.
pub(super) fn of_assignments(assignments: &[Assignment], dialect: Dialect) -> Operations {
    let mut columns = Vec::new();
    for assignment in assignments {
        let targets = match &assignment.target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names,
        };
        for target in targets {
            match set_columns(target, dialect) {
                Some(set) => columns.extend(set),
                None => return Operations::UPDATE,
            }
        }
    }
    Operations::update_of(columns)
}

/// Returns all parts of `c`, of PostgreSQL's `c.field` or of MySQL's `t.c`. One of them is the column.
fn set_columns(target: &ObjectName, dialect: Dialect) -> Option<Vec<Column>> {
    let column = |part: &str| column(part, dialect);
    let parts = target.0.iter().map(|part| column(&part.as_ident()?.value));
    parts.collect()
}

/// Returns the column of this name; `None` if the name may be an alias of another column (`rowid`).
pub(in crate::sql) fn column(name: &str, dialect: Dialect) -> Option<Column> {
    let row_ids = dialect.syntax().statements.row_ids;
    let is_row_id = row_ids.iter().any(|id| name.eq_ignore_ascii_case(id));
    (!is_row_id).then(|| Column::new(name))
}

/// Returns the operations of an INSERT, without those of replacing rows.
pub(super) fn of_insert(insert: &Insert, dialect: Dialect) -> Operations {
    let update = match &insert.on {
        None => Operations::NONE,
        Some(OnInsert::DuplicateKeyUpdate(assignments)) => of_assignments(assignments, dialect),
        Some(OnInsert::OnConflict(conflict)) => match &conflict.action {
            OnConflictAction::DoNothing => Operations::NONE,
            OnConflictAction::DoUpdate(update) => of_assignments(&update.assignments, dialect),
        },
        Some(_) => Operations::UPDATE,
    };
    Operations::INSERT.and(&update)
}

pub(super) fn of_merge(merge: &Merge, dialect: Dialect) -> Operations {
    let mut operations = Operations::NONE;
    for clause in &merge.clauses {
        operations.add_all(&match &clause.action {
            MergeAction::Insert(_) => Operations::INSERT,
            MergeAction::Update(update) => match &update.kind {
                MergeUpdateKind::Set(assignments) if update.delete_predicate.is_none() => {
                    of_assignments(assignments, dialect)
                }
                _ => Operations::UPDATE.and(&Operations::DELETE),
            },
            MergeAction::Delete { .. } => Operations::DELETE,
            MergeAction::DoNothing { .. } => Operations::NONE,
        });
    }
    operations
}
