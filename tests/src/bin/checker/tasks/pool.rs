//! Pools from which the clients of a process borrow their connections.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;

use diesel_async::{AsyncConnection, TransactionManager};

/// The kind of pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pool {
    Deadpool,
    Bb8,
    Mobc,
}

impl Pool {
    pub const ALL: [Self; 3] = [Self::Deadpool, Self::Bb8, Self::Mobc];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deadpool => "deadpool",
            Self::Bb8 => "bb8",
            Self::Mobc => "mobc",
        }
    }

    /// Returns `true` if the pool discards connections that are returned in the middle of a transaction. Mobc does not,
    /// because diesel-async 0.9.2 reports broken connections to it as good, and good ones as broken.
    pub fn tells_broken_ones(self) -> bool {
        self != Self::Mobc
    }
}

/// A connection that returns to its pool when it is dropped.
pub type Lent<C> = Box<dyn Loan<C>>;

pub trait Loan<C>: DerefMut<Target = C> + Send {
    /// Removes the connection from the pool, so that it is not lent again.
    fn discard(self: Box<Self>);
}

/// A borrowed connection, and the function that removes it from its pool.
pub struct Borrowed<T> {
    pub lent: T,
    pub take: fn(T),
}

impl<T: Deref> Deref for Borrowed<T> {
    type Target = T::Target;

    fn deref(&self) -> &T::Target {
        &self.lent
    }
}

impl<T: DerefMut> DerefMut for Borrowed<T> {
    fn deref_mut(&mut self) -> &mut T::Target {
        &mut self.lent
    }
}

impl<C, T: DerefMut<Target = C> + Send> Loan<C> for Borrowed<T> {
    fn discard(self: Box<Self>) {
        (self.take)(self.lent);
    }
}

/// Borrows a connection from any kind of pool. Returns `None` if the pool cannot connect.
pub type Lender<C> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Lent<C>>> + Send>> + Send + Sync>;

/// Marks a connection as broken. A pool that checks returned connections discards it.
pub fn break_it<C: AsyncConnection>(conn: &mut C) {
    C::TransactionManager::transaction_manager_status_mut(conn).set_in_error();
}

// Macros rather than generic functions, whose bounds would be long: every connection type satisfies what the pools
// demand.

macro_rules! by_deadpool {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::deadpool::{Object, Pool};
        let pool = Pool::builder($manager).max_size($size as usize).build();
        $crate::tasks::pool::lender!(pool.expect("a pool can be made"), get, |lent| drop(Object::take(lent)))
    }};
}

macro_rules! by_bb8 {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::bb8::Pool;
        let pool = Pool::builder().max_size($size).build_unchecked($manager);
        $crate::tasks::pool::lender!(pool, get_owned, |mut lent| $crate::tasks::pool::break_it(&mut *lent))
    }};
}

macro_rules! by_mobc {
    ($manager:ident, $size:ident) => {{
        use diesel_async::pooled_connection::mobc::Pool;
        let pool = Pool::builder().max_open(u64::from($size)).build($manager);
        $crate::tasks::pool::lender!(pool, get, |lent| drop(lent.into_inner()))
    }};
}

macro_rules! lender {
    ($pool:expr, $get:ident, $take:expr) => {{
        let pool = $pool;
        std::sync::Arc::new(move || {
            let pool = pool.clone();
            Box::pin(async move {
                let lent = pool.$get().await.ok()?;
                Some(Box::new($crate::tasks::pool::Borrowed { lent, take: $take }) as $crate::tasks::pool::Lent<_>)
            })
        })
    }};
}

pub(super) use {by_bb8, by_deadpool, by_mobc, lender};
