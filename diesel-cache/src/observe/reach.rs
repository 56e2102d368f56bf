//! Access to the observer of a connection. Diesel and diesel-async have the same methods for it, in two traits.

use diesel::backend::Backend;
use diesel::connection::{
    Connection, Instrumentation, TransactionManager, TransactionManagerStatus, ValidTransactionManagerStatus,
};
#[cfg(feature = "async")]
use diesel_async::AsyncConnection;

/// Markers for blocking and asynchronous connections. They distinguish the two implementations of
/// [`CacheConnection`](crate::CacheConnection) and of [`RunCachedDsl`](crate::RunCachedDsl).
pub mod world {
    /// Blocking calls: [`diesel::connection::Connection`].
    #[derive(Debug)]
    pub enum Blocking {}

    /// Calls that return futures: `diesel_async::AsyncConnection`.
    #[cfg(feature = "async")]
    #[derive(Debug)]
    pub enum Async {}
}

/// A connection that can have an observer.
pub trait Reach<World> {
    /// The connection's backend.
    type DB: Backend;

    /// Whether several statements may be in flight on a connection of this kind.
    const ASYNC: bool;

    /// Returns the connection's instrumentation.
    fn instrumentation_mut(&mut self) -> &mut dyn Instrumentation;

    /// Replaces the connection's instrumentation.
    fn replace_instrumentation<I: Instrumentation>(&mut self, observer: I);

    /// Returns `true` if Diesel knows of an open transaction, or if the connection's transaction state is broken.
    fn has_transaction(&mut self) -> bool;
}

impl<Conn: Connection> Reach<world::Blocking> for Conn {
    type DB = Conn::Backend;

    const ASYNC: bool = false;

    fn instrumentation_mut(&mut self) -> &mut dyn Instrumentation {
        self.instrumentation()
    }

    fn replace_instrumentation<I: Instrumentation>(&mut self, observer: I) {
        self.set_instrumentation(observer);
    }

    fn has_transaction(&mut self) -> bool {
        is_open(Conn::TransactionManager::transaction_manager_status_mut(self))
    }
}

#[cfg(feature = "async")]
impl<Conn: AsyncConnection> Reach<world::Async> for Conn {
    type DB = Conn::Backend;

    const ASYNC: bool = true;

    fn instrumentation_mut(&mut self) -> &mut dyn Instrumentation {
        self.instrumentation()
    }

    fn replace_instrumentation<I: Instrumentation>(&mut self, observer: I) {
        self.set_instrumentation(observer);
    }

    fn has_transaction(&mut self) -> bool {
        use diesel_async::TransactionManager;

        is_open(Conn::TransactionManager::transaction_manager_status_mut(self))
    }
}

fn is_open(status: &TransactionManagerStatus) -> bool {
    match status {
        TransactionManagerStatus::Valid(status) => ValidTransactionManagerStatus::transaction_depth(status).is_some(),
        TransactionManagerStatus::InError => true,
    }
}
