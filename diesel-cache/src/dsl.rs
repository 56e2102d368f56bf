//! The types of cached queries, under the names that [`#[auto_type]`](diesel::dsl::auto_type) expects.
//!
//! Diesel's attribute computes the type that a function returns. For each method it looks up a type with the method's
//! name in `diesel::dsl`, where no other crate can add one. This module has everything in `diesel::dsl`, and the types
//! for `.cached(…)` and its options. Pass it as `dsl_path`:
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use diesel::prelude::*;
//! use diesel_cache::prelude::*;
//!
//! diesel::table! { person (id) { id -> Integer, name -> Text } }
//!
//! #[diesel::dsl::auto_type(dsl_path = "diesel_cache::dsl")]
//! fn names_from(first: i32) -> _ {
//!     person::table
//!         .filter(person::id.ge(first))
//!         .cached("default")
//!         .skip_empty()
//!         .select(person::name)
//!         .order(person::name)
//! }
//!
//! # let cache = diesel_cache::Cache::builder().region(diesel_cache::Region::memory("default")).build()?;
//! # let mut conn = SqliteConnection::establish(":memory:")?;
//! # cache.attach(&mut conn);
//! # diesel::sql_query("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").execute(&mut conn)?;
//! # diesel::sql_query("INSERT INTO person VALUES (1, 'ada'), (2, 'bob')").execute(&mut conn)?;
//! let names: Vec<String> = names_from(2).limit(10).load(&mut conn)?;
//! assert_eq!(names, ["bob"]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same function works for blocking and asynchronous connections, because it names neither. Without the attribute,
//! write the type out: `Cached<Filter<person::table, GtEq<person::id, i32>>>`, with [`Cached`](crate::Cached) of the
//! crate's root.
//!
//! The attribute cannot infer the types of some arguments, such as those of
//! [`time_to_live`](crate::Cached::time_to_live) and [`depends_on`](crate::Cached::depends_on). Name them with a `let`:
//!
//! ```
//! # use diesel::prelude::*;
//! # use diesel_cache::prelude::*;
//! # use std::time::Duration;
//! # diesel::table! { person (id) { id -> Integer, name -> Text } }
//! #[diesel::dsl::auto_type(dsl_path = "diesel_cache::dsl")]
//! fn everyone() -> _ {
//!     let minute: Duration = Duration::from_secs(60);
//!     person::table.cached("default").time_to_live(minute)
//! }
//! ```

use diesel::query_builder::AsQuery;

#[doc(no_inline)]
pub use diesel::dsl::*;

pub use crate::query::{Combined, Ignoring, Operand, Uncached};

/// The type of [`.cached(region)`](crate::CachedDsl::cached) on a query or a table.
pub type Cached<Q, Region = &'static str> = <Region as Ignoring<crate::Cached<<Q as AsQuery>::Query>>>::Type;

/// The type of [`.key(key)`](crate::Cached::key).
pub type Key<Q, K> = <K as Ignoring<Q>>::Type;

/// The type of [`.time_to_live(duration)`](crate::Cached::time_to_live).
pub type TimeToLive<Q, Duration> = <Duration as Ignoring<Q>>::Type;

/// The type of [`.depends_on(tables)`](crate::Cached::depends_on).
pub type DependsOn<Q, Tables> = <Tables as Ignoring<Q>>::Type;

/// The type of [`.ignore_expiration()`](crate::Cached::ignore_expiration).
pub type IgnoreExpiration<Q> = Q;

/// The type of [`.only_if_cached()`](crate::Cached::only_if_cached).
pub type OnlyIfCached<Q> = Q;

/// The type of [`.refresh()`](crate::Cached::refresh).
pub type Refresh<Q> = Q;

/// The type of [`.skip_empty()`](crate::Cached::skip_empty).
pub type SkipEmpty<Q> = Q;

/// The type of [`.in_transaction()`](crate::Cached::in_transaction).
pub type InTransaction<Q> = Q;

macro_rules! combined {
    ($($name:ident, $method:ident;)*) => {$(
        #[doc = concat!("The type of `.", stringify!($method), "(rhs)`, before or after `.cached(…)`.")]
        pub type $name<Source, Rhs> =
            <Source as Combined>::Of<diesel::dsl::$name<<Source as Combined>::Query, Rhs>>;
    )*};
}

combined! {
    Union, union;
    UnionAll, union_all;
    Intersect, intersect;
    IntersectAll, intersect_all;
    Except, except;
    ExceptAll, except_all;
}
