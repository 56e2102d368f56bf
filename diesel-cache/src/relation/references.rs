//! Children that belong to parents, and foreign keys that refer to the primary key of a table.

use diesel::JoinTo;
use diesel::associations::BelongsTo;
use diesel::dsl::{Eq, SqlTypeOf};
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::internal::table_macro::NullableExpression;
use diesel::sql_types::SqlType;

/// A child that belongs to a `Parent`: every type with `#[diesel(belongs_to(Parent))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not belong to `{Parent}`",
    label = "this type has no association with `{Parent}`",
    note = "derive `Associations` for the type of the children, with `#[diesel(belongs_to({Parent}))]`",
    note = "a slice of references has no association: load by the keys, `.find_many(children.iter().filter_map(|child| child.foreign_key))` for parents, and `.filter_many(child::foreign_key, parents.iter().map(|parent| parent.id))` for children"
)]
pub trait ChildOf<Parent> {
    /// The type of the foreign key.
    type Key;

    /// The column of the foreign key.
    type KeyColumn;

    #[doc(hidden)]
    fn key_column() -> Self::KeyColumn;

    #[doc(hidden)]
    fn key(&self) -> Option<&Self::Key>;
}

#[diagnostic::do_not_recommend]
impl<Child: BelongsTo<Parent>, Parent> ChildOf<Parent> for Child {
    type Key = Child::ForeignKey;
    type KeyColumn = Child::ForeignKeyColumn;

    fn key_column() -> Self::KeyColumn {
        Child::foreign_key_column()
    }

    fn key(&self) -> Option<&Self::Key> {
        self.foreign_key()
    }
}

/// A table whose column `ForeignKey` holds the `PrimaryKey` of the table `Parents`.
///
/// `joinable!` implements it. Without it, `parents_of` could be used on a query of another table, or for parents that
/// the children know by another column than the primary key, and would return rows that are not theirs.
#[diagnostic::on_unimplemented(
    message = "`{ForeignKey}` is not known to refer to the primary key of the query's table",
    note = "`parents_of` loads rows of the query's table by their primary key: declare `diesel::joinable!(child -> parent (foreign_key))`",
    note = "otherwise load them by their keys: `.find_many(children.iter().filter_map(|child| child.foreign_key))`"
)]
pub trait References<Parents, ForeignKey, PrimaryKey> {}

#[diagnostic::do_not_recommend]
impl<Children, Parents, ForeignKey, PrimaryKey> References<Parents, ForeignKey, PrimaryKey> for Children
where
    NullableExpression<ForeignKey>: Expression<SqlType: SqlType + TypedExpressionType>,
    NullableExpression<PrimaryKey>: AsExpression<SqlTypeOf<NullableExpression<ForeignKey>>>,
    Children: JoinTo<Parents, OnClause = Eq<NullableExpression<ForeignKey>, NullableExpression<PrimaryKey>>>,
{
}
