//! A query's text, with its analysis.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::parts::hash_parts;
use crate::Error;
use crate::sql::{Analysis, Dialect, Kind, StatementFacts, Tables, analyse};

/// Must change with whatever is hashed, so that entries of another version are never found.
const FORMAT: &[u8] = b"diesel-cache key 2";

/// A rendered query, without its binds.
#[derive(Debug)]
pub(crate) struct Statement {
    id: u64,
    backend: &'static str,
    sql: Box<str>,
    analysis: Arc<Analysis>,
    reads: Tables,
    /// Whether the text is a single SELECT without locks.
    is_plain: bool,
    /// Whether the text shows state of its session.
    is_personal: bool,
    /// Whether the text shows columns that change when a row is locked.
    shows_locks: bool,
    /// The SHA-256 of everything that does not change from load to load. It identifies the text.
    digest: [u8; 32],
}

impl Statement {
    pub(crate) fn new(backend: &'static str, sql: Box<str>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let analysis = match Dialect::of_backend(backend) {
            Some(dialect) => analyse(&sql, dialect),
            None => Arc::new(Analysis::unknown(true)),
        };
        let select = analysis.single_select();
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            reads: analysis.reads(),
            is_plain: select.is_ok_and(|select| !matches!(select.kind, Kind::Select { locks: true })),
            is_personal: analysis.statements().iter().any(|statement| statement.personal),
            shows_locks: analysis.statements().iter().any(|facts| facts.shows_locks),
            digest: hash_parts(&[FORMAT, backend.as_bytes(), sql.as_bytes()]),
            backend,
            sql,
            analysis,
        }
    }

    /// Returns the tables that the text reads.
    pub(crate) fn reads(&self) -> &Tables {
        &self.reads
    }

    /// Returns the facts about the text.
    pub(crate) fn facts(&self) -> &[StatementFacts] {
        self.analysis.statements()
    }

    /// Returns `Ok` if the statement can be answered from a cache. A `raw` text has to be understood. A text that
    /// Diesel has built is a SELECT in any case, so only its locks matter.
    ///
    /// # Errors
    ///
    /// [`Error::NotASelect`] and [`Error::LockingClause`].
    #[inline]
    pub(crate) fn check(&self, raw: bool) -> Result<(), Error> {
        if self.is_plain { Ok(()) } else { self.judge(raw) }
    }

    #[cold]
    fn judge(&self, raw: bool) -> Result<(), Error> {
        match self.analysis.single_select() {
            Ok(select) if matches!(select.kind, Kind::Select { locks: true }) => Err(Error::LockingClause),
            Ok(_) => Ok(()),
            Err(found) => match self.analysis.statements() {
                [only] if !raw && only.kind == Kind::Unknown => Ok(()),
                _ => Err(Error::NotASelect { found }),
            },
        }
    }

    /// Returns `true` if the text shows state of its session, which changes without a write.
    #[inline]
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal
    }

    /// Returns `true` if the text shows columns that change when a row is locked.
    #[inline]
    pub(crate) fn shows_locks(&self) -> bool {
        self.shows_locks
    }

    /// Returns the name of the backend for which the text was rendered.
    pub(crate) fn backend(&self) -> &'static str {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns a number that no other statement of this process has. Several statements may have the same text.
    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Returns the digest, which all statements of one text share.
    #[inline]
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// A statement that lives as long as the process, or as long as its query.
#[derive(Clone, Debug)]
pub(crate) enum StatementRef {
    /// The statement of a query with a static id. It is not an `Arc`, because threads that load the same query would
    /// contend for its count.
    Static(&'static Statement),
    Once(Arc<Statement>),
}

impl Deref for StatementRef {
    type Target = Statement;

    fn deref(&self) -> &Statement {
        match self {
            Self::Static(statement) => statement,
            Self::Once(statement) => statement,
        }
    }
}
