//! Reaching the observer in a connection: Diesel's connections and diesel-async's have the same methods for it, in two
//! traits.

use diesel::backend::Backend;
use diesel::connection::{
    Connection, Instrumentation, TransactionManager, TransactionManagerStatus, ValidTransactionManagerStatus,
};
#[cfg(feature = "async")]
use diesel_async::AsyncConnection;

/// The worlds that connections live in: what tells the two implementations of
/// [`CacheConnection`](crate::CacheConnection) and of [`RunCachedDsl`](crate::RunCachedDsl) apart.
pub mod world {
    /// Calls return when they are done: [`diesel::connection::Connection`].
    #[derive(Debug)]
    pub enum Blocking {}

    /// Calls return futures: `diesel_async::AsyncConnection`.
    #[cfg(feature = "async")]
    #[derive(Debug)]
    pub enum Async {}
}

/// A connection in which an observer can sit.
pub trait Reach<World> {
    /// Its backend.
    type DB: Backend;

    /// Whether several statements may be in flight on the connection, as far as its world goes.
    const ASYNC: bool;

    /// What sits in it.
    fn instrumentation_mut(&mut self) -> &mut dyn Instrumentation;

    /// Puts an observer there.
    fn replace_instrumentation<I: Instrumentation>(&mut self, observer: I);

    /// Returns `true` if Diesel knows of an open transaction. A connection whose transaction state is broken counts as
    /// in one.
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
