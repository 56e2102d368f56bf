//! What is known of binds.

use smallvec::SmallVec;

use crate::sql::Value;

/// A bind of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "no database is known")
)]
pub(crate) enum Bind {
    Value(Value),
    /// The elements of an array, but for those that are NULL: nothing is equal to these.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "others have no arrays"))]
    Elements(Vec<Value>),
    Unknown,
}

/// The binds of a query, in order. Those of a query whose binds could not be read are missing.
pub(crate) type Binds = SmallVec<[Bind; 2]>;
