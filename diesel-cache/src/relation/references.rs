//! A foreign key that refers to the primary key of a table.

use diesel::JoinTo;
use diesel::dsl::{Eq, SqlTypeOf};
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::internal::table_macro::NullableExpression;
use diesel::sql_types::SqlType;

/// A table whose column `ForeignKey` holds the `PrimaryKey` of the table `Parents`.
///
/// `joinable!` implements it. Without it, `parents_of` could be used on a query of another table, or for parents that the
/// children know by another column than the primary key, and would return rows that are not theirs.
#[diagnostic::on_unimplemented(
    message = "`{ForeignKey}` is not known to refer to the primary key of the query's table",
    note = "`parents_of` loads rows of the query's table by their primary key: declare `diesel::joinable!(child -> parent (foreign_key))`",
    note = "otherwise load them by their keys: `.find_many(children.iter().filter_map(|child| child.foreign_key))`"
)]
pub trait References<Parents, ForeignKey, PrimaryKey> {}

impl<Children, Parents, ForeignKey, PrimaryKey> References<Parents, ForeignKey, PrimaryKey> for Children
where
    NullableExpression<ForeignKey>: Expression<SqlType: SqlType + TypedExpressionType>,
    NullableExpression<PrimaryKey>: AsExpression<SqlTypeOf<NullableExpression<ForeignKey>>>,
    Children: JoinTo<Parents, OnClause = Eq<NullableExpression<ForeignKey>, NullableExpression<PrimaryKey>>>,
{
}
