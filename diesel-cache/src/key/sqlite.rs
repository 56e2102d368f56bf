//! SQLite: binds are values of SQLite's own types.

use std::fmt::{self, Write};

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{MoveableBindCollector, QueryFragment};
use diesel::result::Error;
use diesel::sqlite::Sqlite;

use super::{KeyBackend, KeyHasher};

impl KeyBackend for Sqlite {
    const NAME: &'static str = "sqlite";

    /// Diesel shows SQLite's bind values in one way only: the `Debug` of what its collector holds. That is not the user's `Debug`: by
    /// then every bind is text, blob, integer, float or null, beside its type, in Diesel's own enum. `moveable()` makes borrowed and
    /// owned text alike. The form is exact: text is quoted and escaped, floats are printed so that they read back to the same bits.
    /// Every NaN prints alike, and SQLite binds every NaN as `NULL`.
    ///
    /// A newer compiler may escape other characters than an older one: that costs a miss, it cannot make two texts alike.
    fn hash_binds<Q>(query: &Q, hasher: &mut KeyHasher) -> QueryResult<()>
    where
        Q: QueryFragment<Self> + ?Sized,
    {
        let mut collector = <Self as Backend>::BindCollector::default();
        query.collect_binds(&mut collector, &mut (), &Sqlite)?;
        let mut list = List {
            hasher,
            open: false,
            waiting: [0; WAITING],
            length: 0,
        };
        let printed = write!(list, "{:?}", collector.moveable());
        list.flush();
        printed.map_err(|error| Error::SerializationError(Box::new(error)))
    }
}

/// Bytes that are gathered before they are hashed: a bind is printed in a dozen pieces.
const WAITING: usize = 256;

/// Hashes a list as it is printed, without a string in between.
struct List<'a> {
    hasher: &'a mut KeyHasher,
    /// Has its bracket been printed? Before it stands `SqliteBindCollectorData { binds: `, always: half a block of SHA-256.
    open: bool,
    waiting: [u8; WAITING],
    length: usize,
}

impl List<'_> {
    fn take(&mut self, piece: &[u8]) {
        if piece.len() > WAITING - self.length {
            self.flush();
        }
        match self.waiting.get_mut(self.length..self.length + piece.len()) {
            Some(free) => {
                free.copy_from_slice(piece);
                self.length += piece.len();
            }
            None => self.hasher.raw(piece),
        }
    }

    fn flush(&mut self) {
        self.hasher.raw(&self.waiting[..self.length]);
        self.length = 0;
    }
}

impl Write for List<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.open {
            self.take(piece.as_bytes());
        } else if let Some((_, first)) = piece.split_once('[') {
            self.open = true;
            self.take(first.as_bytes());
        }
        Ok(())
    }
}
