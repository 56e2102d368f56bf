//! What is known of a query's text.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::parts::hash_parts;
use crate::Error;
use crate::sql::{Analysis, Dialect, StatementFacts, StatementKind, Tables, analyse};

/// Changes with whatever is hashed, so that entries of another version are never found.
const FORMAT: &[u8] = b"diesel-cache key 2";

/// A rendered query, without its binds.
#[derive(Debug)]
pub(crate) struct Statement {
    id: u64,
    backend: &'static str,
    sql: Box<str>,
    analysis: Arc<Analysis>,
    reads: Tables,
    /// Is it a SELECT without locks, and nothing else?
    is_plain: bool,
    /// Does it show what only its session has?
    is_personal: bool,
    /// Does it show what changes when somebody locks a row?
    shows_locks: bool,
    /// SHA-256 of everything that does not change from load to load: what tells texts apart.
    digest: [u8; 32],
}

impl Statement {
    pub(crate) fn new(backend: &'static str, sql: Box<str>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let analysis = match Dialect::of_key(backend) {
            Some(dialect) => analyse(&sql, dialect),
            None => Arc::new(Analysis::unknown(true)),
        };
        let select = analysis.single_select();
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            reads: analysis.reads(),
            is_plain: select.is_ok_and(|select| !matches!(select.kind, StatementKind::Select { locks: true })),
            is_personal: analysis.statements().iter().any(|statement| statement.shows_session),
            shows_locks: analysis.statements().iter().any(|facts| facts.shows_locks),
            digest: hash_parts(&[FORMAT, backend.as_bytes(), sql.as_bytes()]),
            backend,
            sql,
            analysis,
        }
    }

    /// The tables that it reads.
    pub(crate) fn reads(&self) -> &Tables {
        &self.reads
    }

    /// What is known of its text.
    pub(crate) fn facts(&self) -> &[StatementFacts] {
        self.analysis.statements()
    }

    /// Can it be answered from a cache? A `raw` text has to be understood; what Diesel has built is a SELECT anyway,
    /// and only what it does is asked.
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
            Ok(select) if matches!(select.kind, StatementKind::Select { locks: true }) => Err(Error::LockingClause),
            Ok(_) => Ok(()),
            Err(found) => match self.analysis.statements() {
                [only] if !raw && only.kind == StatementKind::Unknown => Ok(()),
                _ => Err(Error::NotASelect { found }),
            },
        }
    }

    /// Does it show what only its session has, and no write changes?
    #[inline]
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal
    }

    /// Whether it shows what changes when somebody locks a row.
    #[inline]
    pub(crate) fn shows_locks(&self) -> bool {
        self.shows_locks
    }

    /// The name of the backend it was rendered for.
    pub(crate) fn backend(&self) -> &'static str {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// No other in this process has it, but another may be of the same text.
    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Those of one text have the same.
    #[inline]
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// A statement that lives as long as the process, or as long as its query.
#[derive(Clone, Debug)]
pub(crate) enum StatementRef {
    /// Of a query with a static id. Not an `Arc`: threads that load the same query would fight over its count.
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
