//! Diesel's set operations, behind `.cached`.
//!
//! They are methods of [`Cached`] itself: what a method of Diesel's `CombineDsl` returns is one of Diesel's types, with no place for the
//! options.

use diesel::dsl;
use diesel::query_builder::{AsQuery, Query};
use diesel::query_dsl::CombineDsl;

use super::Cached;

/// The type of the rows of a query that is combined.
type SqlType<Q> = <<Q as CombineDsl>::Query as Query>::SqlType;

/// The right-hand side of a set operation: a query that is not cached by itself.
#[diagnostic::on_unimplemented(
    message = "a cached query cannot be combined with `{Self}`",
    label = "not a query, or cached by itself",
    note = "what is cached is the whole: put `.cached(…)` on the left-hand side, or behind the set operation, and on nothing else"
)]
pub trait Operand<K> {
    /// Itself.
    type Plain: AsQuery;

    /// Itself.
    fn plain(self) -> Self::Plain;
}

/// What an operand is; leave it to inference.
#[derive(Debug)]
pub enum Uncached {}

impl<Q: AsQuery> Operand<Uncached> for Q {
    type Plain = Q;

    fn plain(self) -> Q {
        self
    }
}

/// Holds for no query. A second way that fails is what makes the compiler speak of this trait and not of Diesel's.
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
        /// Set operations. The right-hand side is a query that is not cached by itself: the options are those of the left-hand side, and
        /// are about the whole.
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

/// What is combined, and what comes of it: for [`dsl`](crate::dsl), which names both of Diesel's queries and cached ones.
pub trait Combined {
    /// The query that is combined.
    type Query: CombineDsl;

    /// What the combination is wrapped in.
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

/// Names `T`, whatever `Self` is: for types in [`dsl`](crate::dsl) that have more parameters than they need.
pub trait Ignoring<T> {
    /// `T`.
    type Type;
}

impl<Ignored: ?Sized, T> Ignoring<T> for Ignored {
    type Type = T;
}
