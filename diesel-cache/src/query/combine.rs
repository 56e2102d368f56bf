//! Diesel's set operations, after `.cached`.
//!
//! They are methods of [`Cached`] itself, because the methods of Diesel's `CombineDsl` return Diesel's own types, which
//! have no place for the options.

use diesel::dsl;
use diesel::query_builder::{AsQuery, Query};
use diesel::query_dsl::CombineDsl;

use super::options::Cached;

/// The SQL type of a query in a set operation.
type SqlType<Q> = <<Q as CombineDsl>::Query as Query>::SqlType;

/// The right-hand side of a set operation: a query without `.cached(…)`.
#[diagnostic::on_unimplemented(
    message = "a cached query cannot be combined with `{Self}`",
    label = "not a query, or cached by itself",
    note = "what is cached is the whole: put `.cached(…)` on the left-hand side, or behind the set operation, and on nothing else"
)]
pub trait Operand<K> {
    /// The query.
    type Plain: AsQuery;

    /// Returns the query.
    fn plain(self) -> Self::Plain;
}

/// The kind of an operand; leave it to inference.
#[derive(Debug)]
pub enum Uncached {}

impl<Q: AsQuery> Operand<Uncached> for Q {
    type Plain = Q;

    fn plain(self) -> Q {
        self
    }
}

/// Applies to no query. With this second impl, the compiler's error names this trait and not one of Diesel's.
impl<Q> Operand<Cached<Q>> for Cached<Q>
where
    Self: AsQuery,
{
    type Plain = Self;

    fn plain(self) -> Self {
        self
    }
}

macro_rules! combine {
    ($($name:ident -> $output:ident, $sql:literal;)*) => {
        /// Set operations. The right-hand side is a query without `.cached(…)`. The options of the left-hand side apply
        /// to the whole query.
        impl<Q: CombineDsl> Cached<Q> {$(
            #[doc = concat!("Combines the query with another by `", $sql, "`, as Diesel's [`CombineDsl::", stringify!($name), "`] does.")]
            pub fn $name<Rhs, K>(self, rhs: Rhs) -> Cached<dsl::$output<Q, Rhs::Plain>>
            where
                Rhs: Operand<K, Plain: AsQuery<SqlType = SqlType<Q>>>,
            {
                self.map(|query| query.$name(rhs.plain()))
            }
        )*}
    };
}

combine! {
    union -> Union, "UNION";
    union_all -> UnionAll, "UNION ALL";
    intersect -> Intersect, "INTERSECT";
    intersect_all -> IntersectAll, "INTERSECT ALL";
    except -> Except, "EXCEPT";
    except_all -> ExceptAll, "EXCEPT ALL";
}

/// A query in a set operation, cached or not: for the type aliases in [`dsl`](crate::dsl).
pub trait Combined {
    /// Diesel's query.
    type Query: CombineDsl;

    /// The type of the result: `Q`, or `Cached<Q>`.
    type Of<Q>;
}

impl<Q: CombineDsl> Combined for Q {
    type Query = Q;
    type Of<C> = C;
}

impl<Q: CombineDsl> Combined for Cached<Q> {
    type Query = Q;
    type Of<C> = Cached<C>;
}

/// Names `T` for any `Self`: for type aliases in [`dsl`](crate::dsl) that have more parameters than they need.
pub trait Ignoring<T> {
    /// `T`.
    type Type;
}

impl<Ignored: ?Sized, T> Ignoring<T> for Ignored {
    type Type = T;
}
