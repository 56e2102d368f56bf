//! A query that is sent through a shared reference, and its rows.
//!
//! diesel-async's `LoadQuery` ties the future to the `&mut` of the reference, `&mut &AsyncPgConnection`, although it
//! only borrows the connection. The future of the connection itself does not.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::result::Error;
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
use futures_core::Stream;

type Shared<'conn> = &'conn AsyncPgConnection;
type PgRow = <Shared<'static> as AsyncConnectionCore>::Row<'static, 'static>;
type PgRows = <Shared<'static> as AsyncConnectionCore>::Stream<'static, 'static>;
type PgSending<'conn> = <Shared<'conn> as AsyncConnectionCore>::LoadFuture<'static, 'static>;

/// A SELECT whose rows can be loaded as `U` through `&AsyncPgConnection`: whatever diesel-async's `load` accepts there.
pub trait Pipelined<U>: QueryFragment<Pg> + QueryId + Send + Sized {
    /// Begins to send the query.
    #[doc(hidden)]
    fn send(self, conn: &AsyncPgConnection) -> Sending<'_, U>;
}

impl<Q, U, ST> Pipelined<U> for Q
where
    Q: AsQuery + QueryFragment<Pg> + QueryId + Send,
    Q::Query: QueryFragment<Pg> + QueryId + Send,
    Q::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<Q::SqlType>,
    ST: 'static,
{
    fn send(self, mut conn: &AsyncPgConnection) -> Sending<'_, U> {
        Sending {
            sending: AsyncConnectionCore::load(&mut conn, self),
            build: |row| U::build_from_row(row).map_err(Error::DeserializationError),
        }
    }
}

/// The future of a query that is being sent.
#[doc(hidden)]
pub struct Sending<'conn, U> {
    sending: PgSending<'conn>,
    build: fn(&PgRow) -> QueryResult<U>,
}

impl<U> Future for Sending<'_, U> {
    type Output = QueryResult<Incoming<U>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let rows = ready!(self.sending.as_mut().poll(context))?;
        let build = self.build;
        Poll::Ready(Ok(Incoming { rows, build }))
    }
}

/// The rows that the database sends.
#[doc(hidden)]
pub struct Incoming<U> {
    rows: PgRows,
    build: fn(&PgRow) -> QueryResult<U>,
}

impl<U> Stream for Incoming<U> {
    type Item = QueryResult<U>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = ready!(self.rows.as_mut().poll_next(context));
        Poll::Ready(row.map(|row| (self.build)(&row?)))
    }
}

impl<U> fmt::Debug for Sending<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

impl<U> fmt::Debug for Incoming<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").finish_non_exhaustive()
    }
}
