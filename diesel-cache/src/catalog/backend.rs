//! The databases whose catalog can be read.

use std::future::Future;

use diesel::QueryResult;

use super::connection::{BindText, CatalogConnection};
use super::facts::Facts;
use super::report::Introspection;
use super::rows::RowFacts;
use super::side_effects::SideEffects;
use crate::key::KeyBackend;

/// A backend whose catalog [`Cache::introspect`](crate::Cache::introspect) can read, and with the feature `async`
/// `Cache::introspect_async`.
///
/// Implemented for `Sqlite`, `Pg` and `Mysql` (which is MariaDB's too), each under the feature of its name, and sealed.
/// For other databases, state the facts by hand: [`CacheBuilder::cascades`](crate::CacheBuilder::cascades),
/// [`CacheBuilder::view`](crate::CacheBuilder::view).
#[diagnostic::on_unimplemented(
    message = "the catalog of `{Self}` cannot be read",
    label = "no `introspect` for this database",
    note = "enable the feature `sqlite`, `postgres` or `mysql` of diesel-cache; with an enum of connections, introspect the inner connection",
    note = "or state the facts by hand: `Cache::builder().cascades(…).view(…)`"
)]
pub trait CatalogBackend: KeyBackend + BindText + sealed::Sealed {
    /// Reads the catalog through any connection to such a database, a pooled one included.
    #[doc(hidden)]
    fn read_catalog<Conn>(conn: &mut Conn) -> impl Future<Output = QueryResult<Findings>> + Send
    where
        Conn: CatalogConnection<Backend = Self>;
}

/// What was found in a catalog.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) facts: Facts,
    pub(crate) side_effects: SideEffects,
    pub(crate) rows: RowFacts,
    pub(crate) report: Introspection,
}

mod sealed {
    pub trait Sealed {}

    #[cfg(feature = "mysql")]
    impl Sealed for diesel::mysql::Mysql {}
    #[cfg(feature = "postgres")]
    impl Sealed for diesel::pg::Pg {}
    #[cfg(feature = "sqlite")]
    impl Sealed for diesel::sqlite::Sqlite {}
}
