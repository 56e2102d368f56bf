//! The forms in which a load returns its rows.

use std::sync::Arc;
use std::vec;

use diesel::QueryResult;

use crate::cacheable::Cacheable;
#[cfg(feature = "async")]
use crate::cacheable::{Layout, encode_rows};
use crate::entry::Entry;

/// A form of rows, which is created from an entry or from rows of the database.
pub(crate) trait Form<U>: Sized {
    /// Decodes the rows of an entry; `None` if they cannot be decoded.
    fn decode(entry: &Entry) -> Option<Self>;

    /// Takes rows of the database.
    fn from_rows(rows: Vec<U>) -> Self;

    /// Returns the rows, for encoding.
    fn rows(&self) -> &[U];

    /// Keeps in the entry what the next caller would otherwise have to create again.
    fn keep(&self, entry: &Entry) {
        let _ = entry;
    }
}

/// The functions for rows of type `U` in the form `R`, without bounds on either.
///
/// With a bound on `U`, a load of rows that cannot be cached would not be a future. The compiler would report that at
/// every place that takes a future, in addition to the one error that matters.
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

/// The rows of a cached query. All of them have been read already.
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

    /// `load` collects the rows. With the standard library's adapter they stay in their vector.
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

impl<U: Cacheable> Form<U> for Vec<U> {
    fn decode(entry: &Entry) -> Option<Self> {
        entry.decode()
    }

    fn from_rows(rows: Vec<U>) -> Self {
        rows
    }

    fn rows(&self) -> &[U] {
        self
    }
}
