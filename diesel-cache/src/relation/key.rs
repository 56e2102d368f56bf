//! Keys by which rows are matched.

use std::hash::Hash;

use diesel::dsl;
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::expression_methods::{EqAll, ExpressionMethods};
use diesel::sql_types::{IntoNotNullable, SqlType};

use super::any_of::AnyOf;

/// A type of keys for which equality in Rust is equality in SQL.
///
/// [`find_many`](crate::Cached::find_many) and its kin ask for many keys in one query, and match each row with its key
/// by the key that the row has. That is correct only if the database finds a row by a key exactly if the row has that
/// key. It holds for integers, booleans and UUIDs.
///
/// It holds if the column has such a type in the database, too: not for a `YEAR` or `DOUBLE` of MySQL that the schema
/// calls an integer.
///
/// It does not hold for text: with many collations of MySQL, with `citext`, with `COLLATE NOCASE`, and with the padding
/// of `CHAR`, `find("A")` returns the row `a`. Nor does it for floats (`0.0` and `-0.0`), for decimals of different
/// scale, or for padded bytes. So these are not keys of a batch; load them one by one. Each load is still one entry.
///
/// ```compile_fail
/// # use diesel::prelude::*;
/// # use diesel_cache::prelude::*;
/// # diesel::table! { word (text) { text -> Text, meaning -> Integer } }
/// # fn load(conn: &mut SqliteConnection) -> QueryResult<()> {
/// let words = word::table.cached("default").find_many(["a".to_owned()]);
/// words.load_by_key::<(String, i32)>(conn)?; // rows cannot be matched by keys of type `String`
/// # Ok(())
/// # }
/// ```
///
/// # A type of your own
///
/// Implement it for a type that stands for one of the types above, such as `struct PersonId(i32)`. Two values must be
/// equal in Rust exactly if they are bound as equal values, and `Eq`, `Ord` and `Hash` must agree with that.
///
/// ```
/// use diesel::deserialize::FromSqlRow;
/// use diesel::expression::AsExpression;
/// use diesel::sql_types::Integer;
/// use diesel_cache::ExactKey;
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
/// #[diesel(sql_type = Integer)]
/// struct PersonId(i32);
///
/// impl ExactKey for PersonId {}
/// ```
#[diagnostic::on_unimplemented(
    message = "rows cannot be matched by keys of type `{Self}`",
    label = "equality of `{Self}` in Rust may differ from equality in SQL",
    note = "with many collations the database finds the row `a` by the key \"A\", so text cannot be matched with its rows; nor can floats, decimals and bytes",
    note = "load the rows one by one: `.find(key).cached(…)`",
    note = "implement `ExactKey` for a type of your own that stands for an integer, a boolean or a UUID"
)]
pub trait ExactKey: Clone + Ord + Hash {}

macro_rules! exact {
    ($($key:ty),*) => {$(
        impl ExactKey for $key {}
    )*};
}

exact! { bool, i8, i16, i32, i64, u8, u16, u32, u64 }

#[cfg(feature = "uuid")]
exact! { uuid::Uuid }

/// Keys for a column `C`, or for a tuple of columns: an [`ExactKey`], or a tuple of them.
///
/// The columns of a tuple must be `NOT NULL`. A single column may be nullable: a key finds no row in which it is
/// `NULL`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of these columns",
    label = "rows cannot be matched by keys of this type",
    note = "a key is an integer, a boolean, a UUID or another `ExactKey`; for two to four columns, it is a tuple of these",
    note = "all columns of a tuple must be `NOT NULL`: where one is not, load by another column, `.filter_many(column, values)`, or one key at a time, `.filter(…).cached(…)`",
    note = "text, floats, decimals and bytes are no keys, since with many collations the database finds the row `a` by the key \"A\": load such rows one by one, `.find(key).cached(…)`"
)]
pub trait KeyOf<C>: Clone + Ord + Hash {
    /// The condition that a row has one key, as `find` has it.
    type One;

    /// The condition that a row has one of many keys.
    type Any;

    /// The SQL type as which a row's key is read.
    type Read;

    /// The number of columns.
    #[doc(hidden)]
    const COLUMNS: usize;

    #[doc(hidden)]
    fn one(self, columns: C) -> Self::One;

    #[doc(hidden)]
    fn any(keys: Vec<Self>, columns: C) -> Self::Any;
}

#[diagnostic::do_not_recommend]
impl<K, C> KeyOf<C> for K
where
    K: ExactKey + AsExpression<C::SqlType>,
    C: ExpressionMethods + Expression<SqlType: SqlType + TypedExpressionType + IntoNotNullable>,
{
    type One = dsl::Eq<C, K>;
    type Any = dsl::EqAny<C, Vec<K>>;
    type Read = <C::SqlType as IntoNotNullable>::NotNullable;

    const COLUMNS: usize = 1;

    fn one(self, column: C) -> Self::One {
        column.eq(self)
    }

    fn any(keys: Vec<Self>, column: C) -> Self::Any {
        column.eq_any(keys)
    }
}

macro_rules! composite {
    ($count:literal: $($key:ident of $column:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($key, $column),*> KeyOf<($($column,)*)> for ($($key,)*)
        where
            $($key: KeyOf<$column>,)*
            ($($column,)*): EqAll<Self> + Copy,
        {
            type One = <($($column,)*) as EqAll<Self>>::Output;
            type Any = AnyOf<Self::One>;
            type Read = ($($key::Read,)*);

            const COLUMNS: usize = $count;

            fn one(self, columns: ($($column,)*)) -> Self::One {
                columns.eq_all(self)
            }

            fn any(keys: Vec<Self>, columns: ($($column,)*)) -> Self::Any {
                AnyOf::new(keys.into_iter().map(|key| key.one(columns)).collect())
            }
        }
    };
}

composite! { 2: K1 of C1, K2 of C2 }
composite! { 3: K1 of C1, K2 of C2, K3 of C3 }
composite! { 4: K1 of C1, K2 of C2, K3 of C3, K4 of C4 }
