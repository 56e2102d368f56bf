//! What a load takes from its connection, or from what is known of a pool's connections if it has none.

use std::sync::Arc;
use std::time::Duration;

use crate::footprint::Shapes;
use crate::generation::Slot;
#[cfg(all(feature = "async", feature = "postgres"))]
use crate::observe::shared::ConnectionState;
use crate::observe::{Observer, QueryContext, Reach};
use crate::tier::SessionStore;
use crate::{Cache, Error};

/// What a load depends on, beside its query.
pub(crate) struct Viewpoint<'a> {
    pub(super) cache: &'a Cache,
    /// Where the connection leads, and which settings were sent on it.
    pub(super) context: &'a str,
    /// The version of the catalogs, and the shapes of its tables.
    pub(super) version: u64,
    pub(super) shapes: Option<&'a Arc<Shapes>>,
    pub(super) session: Option<&'a Arc<SessionStore>>,
    /// What the open transaction has written; `None` outside of one.
    pub(super) written: Option<Vec<Slot>>,
    pub(super) has_connection: bool,
    /// How far behind the connection's database may be, if that is a replica.
    pub(super) lag: Option<Duration>,
}

impl<'a> Viewpoint<'a> {
    /// The viewpoint of an exclusively borrowed connection.
    #[inline(always)]
    pub(crate) fn of_connection<World, Conn: Reach<World>>(conn: &'a mut Conn) -> Result<Self, Error> {
        // The observer may know of a transaction that a raw text has opened, and Diesel of one that began before it.
        let transaction = conn.has_transaction();
        let observer = Observer::of(conn).ok_or(Error::NotAttached)?;
        observer.know_backend::<Conn::DB>();
        observer.assume_exclusive();
        let version = observer.refresh_shapes();
        let observer = &*observer;
        Ok(Self {
            cache: observer.cache(),
            context: observer.context(),
            version,
            shapes: observer.shapes(),
            session: observer.session(),
            written: (transaction || observer.in_transaction()).then(|| observer.written()),
            has_connection: true,
            lag: observer.lag(),
        })
    }

    /// The viewpoint of a connection of which only a shared reference is there.
    #[cfg(all(feature = "async", feature = "postgres"))]
    pub(super) fn of_state(state: &'a ConnectionState) -> Self {
        Self {
            cache: state.cache(),
            context: state.context(),
            version: state.version(),
            shapes: state.shapes(),
            session: state.session(),
            written: state.written(),
            has_connection: true,
            lag: state.lag(),
        }
    }

    /// The viewpoint of a connection that is yet to be taken. It will be in no transaction, and in no session.
    #[inline(always)]
    pub(crate) fn of_pool(cache: &'a Cache, context: &'a QueryContext) -> Self {
        Self {
            cache,
            context: context.as_str(),
            version: context.version(),
            shapes: context.shapes(),
            session: None,
            written: None,
            has_connection: false,
            lag: None,
        }
    }
}
