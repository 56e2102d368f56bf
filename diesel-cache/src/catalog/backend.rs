//! Which databases can be asked for their catalog.

use diesel::QueryResult;
use diesel::connection::LoadConnection;

use super::{Facts, Introspection};
use crate::key::KeyBackend;

/// A backend whose catalog [`Cache::introspect`](crate::Cache::introspect) can read.
///
/// Implemented for `Sqlite`, `Pg` and `Mysql` (which is MariaDB's too), each under the feature of its name; not to be implemented
/// elsewhere. Of other databases, give the facts by hand: [`CacheBuilder::cascades`](crate::CacheBuilder::cascades),
/// [`CacheBuilder::view`](crate::CacheBuilder::view).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a backend whose catalog can be read",
    label = "no catalog of this database can be read",
    note = "enable the feature `sqlite`, `postgres` or `mysql` of diesel-cache, or give the facts by hand: \
            `Cache::builder().cascades(…).view(…)`; of an enum of connections, match on it and introspect the one inside"
)]
pub trait CatalogBackend: KeyBackend + sealed::Read {}

impl<DB: KeyBackend + sealed::Read> CatalogBackend for DB {}

/// What was read.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) facts: Facts,
    pub(crate) report: Introspection,
}

pub(crate) mod sealed {
    use super::{Findings, LoadConnection, QueryResult};

    /// Reads a catalog.
    pub trait Read: diesel::backend::Backend {
        /// Reads it through any connection to such a database, a pooled one included.
        fn read<Conn: LoadConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings>;
    }
}
