//! A connection on which a catalog is read, blocking or not.
//!
//! The queries of a catalog are written once, as `async` code over a [`CatalogConnection`]. On a connection of
//! Diesel's, every future is ready at the first poll, and [`now`](crate::wait::now) runs the whole as a plain call.

use std::fmt;
use std::future::{self, Future};
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::LoadConnection;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error::DeserializationError;

/// Runs the queries of a catalog.
pub trait CatalogConnection: Send {
    /// The database's backend.
    type Backend: BindText;

    /// Loads all rows of a query.
    fn load<ST, U>(&mut self, query: CatalogQuery<ST>) -> impl Future<Output = QueryResult<Vec<U>>> + Send
    where
        Self::Backend: QueryMetadata<ST>,
        ST: 'static,
        U: FromSqlRow<ST, Self::Backend> + Send + 'static;
}

/// A connection of Diesel's.
pub(crate) struct BlockingConnection<'a, Conn>(pub(crate) &'a mut Conn);

impl<Conn> CatalogConnection for BlockingConnection<'_, Conn>
where
    Conn: LoadConnection<Backend: BindText>,
{
    type Backend = Conn::Backend;

    fn load<ST, U>(&mut self, query: CatalogQuery<ST>) -> impl Future<Output = QueryResult<Vec<U>>> + Send
    where
        Self::Backend: QueryMetadata<ST>,
        ST: 'static,
        U: FromSqlRow<ST, Self::Backend> + Send + 'static,
    {
        let build = |row: QueryResult<_>| U::build_from_row(&row?).map_err(DeserializationError);
        let rows = LoadConnection::load(self.0, query);
        future::ready(rows.and_then(|rows| rows.map(build).collect()))
    }
}

/// A connection of diesel-async's.
#[cfg(feature = "async")]
pub(crate) struct AsyncConnection<'a, Conn>(pub(crate) &'a mut Conn);

#[cfg(feature = "async")]
impl<Conn> CatalogConnection for AsyncConnection<'_, Conn>
where
    Conn: diesel_async::AsyncConnection<Backend: BindText>,
{
    type Backend = Conn::Backend;

    fn load<ST, U>(&mut self, query: CatalogQuery<ST>) -> impl Future<Output = QueryResult<Vec<U>>> + Send
    where
        Self::Backend: QueryMetadata<ST>,
        ST: 'static,
        U: FromSqlRow<ST, Self::Backend> + Send + 'static,
    {
        use std::pin::pin;
        use std::task::{Poll, ready};

        use futures_core::Stream;

        async move {
            let mut rows = pin!(self.0.load(query).await?);
            let mut found = Vec::new();
            // A row of the driver's, which need not be `Send`, does not outlive a poll.
            future::poll_fn(move |context| {
                while let Some(row) = ready!(rows.as_mut().poll_next(context)) {
                    found.push(U::build_from_row(&row?).map_err(DeserializationError)?);
                }
                Poll::Ready(Ok(std::mem::take(&mut found)))
            })
            .await
        }
    }
}

/// A backend whose queries take texts as values.
pub trait BindText: Backend {
    /// Appends a value to a query.
    fn push_text<'b>(pass: &mut AstPass<'_, 'b, Self>, text: &'b str) -> QueryResult<()>;
}

/// A text with values, whose rows have the type `ST`.
pub struct CatalogQuery<ST> {
    parts: Vec<Part>,
    rows: PhantomData<fn() -> ST>,
}

enum Part {
    Sql(String),
    Text(String),
}

/// Creates a query from its text.
pub(super) fn sql<ST>(sql: &str) -> CatalogQuery<ST> {
    let query = CatalogQuery {
        parts: Vec::new(),
        rows: PhantomData,
    };
    query.sql(sql)
}

impl<ST> CatalogQuery<ST> {
    /// Appends a part of the text.
    pub(super) fn sql(mut self, sql: &str) -> Self {
        self.parts.push(Part::Sql(sql.into()));
        self
    }

    /// Appends a value.
    pub(super) fn bind(mut self, text: &str) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Loads all rows.
    pub(super) fn load<U, Conn>(self, conn: &mut Conn) -> impl Future<Output = QueryResult<Vec<U>>> + Send
    where
        Conn: CatalogConnection<Backend: QueryMetadata<ST>>,
        ST: 'static,
        U: FromSqlRow<ST, Conn::Backend> + Send + 'static,
    {
        conn.load(self)
    }
}

impl<ST> Query for CatalogQuery<ST> {
    type SqlType = ST;
}

impl<ST> QueryId for CatalogQuery<ST> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST, DB: BindText> QueryFragment<DB> for CatalogQuery<ST> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // It is sent once.
        pass.unsafe_to_cache_prepared();
        for part in &self.parts {
            match part {
                Part::Sql(sql) => pass.push_sql(sql),
                Part::Text(text) => DB::push_text(&mut pass, text)?,
            }
        }
        Ok(())
    }
}

impl<ST> fmt::Debug for CatalogQuery<ST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogQuery").finish_non_exhaustive()
    }
}
