//! The stream of a cached query's rows, on connections of diesel-async.

use std::pin::Pin;
use std::task::{Context, Poll};

use diesel::QueryResult;
use futures_core::Stream;

use super::form::{Form, Rows};
use crate::cacheable::Cacheable;
use crate::entry::Entry;

/// The rows of a cached query as a stream. All of them have been read already.
#[derive(Clone, Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct RowStream<U>(Rows<U>);

impl<U: Cacheable> Form<U> for RowStream<U> {
    fn decode(entry: &Entry) -> Option<Self> {
        Rows::decode(entry).map(Self)
    }

    fn from_rows(rows: Vec<U>) -> Self {
        Self(Rows::from_rows(rows))
    }

    fn rows(&self) -> &[U] {
        self.0.rows()
    }
}

/// The rows are on the heap.
impl<U> Unpin for RowStream<U> {}

impl<U> Stream for RowStream<U> {
    type Item = QueryResult<U>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
