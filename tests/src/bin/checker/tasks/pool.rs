//! Pools: what the clients of a process borrow their connections from.

use std::future::Future;
use std::ops::DerefMut;
use std::pin::Pin;
use std::sync::Arc;

use diesel_async::{AsyncConnection, TransactionManager};

/// Which one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pool {
    Deadpool,
    Bb8,
    Mobc,
}

impl Pool {
    pub const ALL: [Self; 3] = [Self::Deadpool, Self::Bb8, Self::Mobc];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deadpool => "deadpool",
            Self::Bb8 => "bb8",
            Self::Mobc => "mobc",
        }
    }
}

/// A connection that goes back when it is dropped.
pub type Lent<C> = Box<dyn DerefMut<Target = C> + Send>;

/// A pool, whatever it is; none where it cannot connect.
pub type Lender<C> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Lent<C>>> + Send>> + Send + Sync>;

/// The connection is not to be lent again.
pub fn discard<C: AsyncConnection>(mut lent: Lent<C>) {
    C::TransactionManager::transaction_manager_status_mut(&mut lent).set_in_error();
}

// What pools ask of their connections is true of each, and too long to write down for all.

macro_rules! by_deadpool {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::deadpool::Pool;
        let pool = Pool::builder($manager).max_size($size as usize).build();
        $crate::tasks::pool::lender!(pool.expect("a pool can be made"), get)
    }};
}

macro_rules! by_bb8 {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::bb8::Pool;
        let pool = Pool::builder().max_size($size).build_unchecked($manager);
        $crate::tasks::pool::lender!(pool, get_owned)
    }};
}

macro_rules! by_mobc {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::mobc::Pool;
        let pool = Pool::builder().max_open(u64::from($size)).build($manager);
        $crate::tasks::pool::lender!(pool, get)
    }};
}

macro_rules! lender {
    ($pool:expr, $get:ident) => {{
        let pool = $pool;
        std::sync::Arc::new(move || {
            let pool = pool.clone();
            Box::pin(async move {
                let lent = pool.$get().await.ok()?;
                Some(Box::new(lent) as $crate::tasks::pool::Lent<_>)
            })
        })
    }};
}

pub(super) use {by_bb8, by_deadpool, by_mobc, lender};
