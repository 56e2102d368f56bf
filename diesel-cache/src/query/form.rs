//! The forms in which a load returns its rows.

use std::sync::Arc;
use std::vec;

use diesel::QueryResult;

use crate::cacheable::Cacheable;
#[cfg(feature = "async")]
use crate::cacheable::{Layout, encode_rows};
use crate::entry::Entry;

/// A form of rows: made from an entry, or from what the database has sent.
pub(crate) trait Form<U>: Sized {
    /// The rows of an entry; `None` if they cannot be decoded.
    fn decode(entry: &Entry) -> Option<Self>;

    /// The rows that the database has sent.
    fn from_rows(rows: Vec<U>) -> Self;

    /// The rows, to be encoded.
    fn rows(&self) -> &[U];

    /// Leaves in the entry what the next caller would have to make again.
    fn keep(&self, entry: &Entry) {
        let _ = entry;
    }
}

/// What is done with rows of type `U` in the form `R`, for those who know nothing of either.
///
/// A future that knew would be none for rows that cannot be cached, and the compiler would say so at every place that takes a future,
/// beside the one error that counts.
#[cfg(feature = "async")]
pub(super) struct Forming<U, R> {
    pub(super) layout: Layout,
    pub(super) decode: fn(&Entry) -> Option<R>,
    pub(super) from_rows: fn(Vec<U>) -> R,
    pub(super) encode: fn(&R) -> postcard::Result<Vec<u8>>,
    pub(super) keep: fn(&R, &Entry),
}

#[cfg(feature = "async")]
impl<U: Cacheable, R: Form<U>> Forming<U, R> {
    pub(super) const NEW: Self = Self {
        layout: U::LAYOUT,
        decode: R::decode,
        from_rows: R::from_rows,
        encode: |rows| encode_rows(rows.rows()),
        keep: R::keep,
    };
}

/// The rows of a cached query, all of them read already.
#[derive(Clone, Debug)]
pub struct Rows<U>(vec::IntoIter<U>);

impl<U: Cacheable> Form<U> for Rows<U> {
    fn decode(entry: &Entry) -> Option<Self> {
        Some(Self::from_rows(entry.decode()?))
    }

    fn from_rows(rows: Vec<U>) -> Self {
        Self(rows.into_iter())
    }

    fn rows(&self) -> &[U] {
        self.0.as_slice()
    }
}

impl<U> Iterator for Rows<U> {
    type Item = QueryResult<U>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    /// What `load` does with them: as an adapter of the standard library's they stay in the vector that they are in.
    fn collect<B: FromIterator<Self::Item>>(self) -> B {
        self.0.map(Ok).collect()
    }
}

impl<U> ExactSizeIterator for Rows<U> {}

impl<U: Cacheable + Send + Sync> Form<U> for Arc<[U]> {
    fn decode(entry: &Entry) -> Option<Self> {
        entry.shared()
    }

    fn from_rows(rows: Vec<U>) -> Self {
        rows.into()
    }

    fn rows(&self) -> &[U] {
        self
    }

    fn keep(&self, entry: &Entry) {
        entry.share(self);
    }
}
