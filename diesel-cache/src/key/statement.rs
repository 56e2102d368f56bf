//! What is known about a query's text.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use super::parts::hash_parts;
use super::shown::Shown;
use crate::Error;
use crate::sql::{Analysis, Dialect, NamedColumn, Occurrence, StatementFacts, StatementKind, Tables, analyse};

/// The version of what is hashed. Change it together with the hashed parts, so that entries of another version are
/// never found.
const FORMAT: &[u8] = b"diesel-cache key 2";

/// A rendered query, without its binds.
#[derive(Debug)]
pub(crate) struct Statement {
    id: u64,
    backend: &'static str,
    dialect: Option<Dialect>,
    sql: Box<str>,
    analysis: Arc<Analysis>,
    reads: Tables,
    /// The number of binds that show which rows it reads.
    binds: usize,
    /// Whether it is exactly one SELECT, without locks.
    is_plain: bool,
    /// Whether it returns something that only its session has.
    is_personal: bool,
    /// Whether it returns something that changes when a row is locked.
    shows_locks: bool,
    /// The SHA-256 of everything that is the same for all loads, which distinguishes texts.
    digest: [u8; 32],
    /// Derived when statistics need it for the first time.
    shown: OnceLock<Shown>,
}

impl Statement {
    pub(crate) fn new(backend: &'static str, sql: Box<str>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let dialect = Dialect::of_key(backend);
        let analysis = match dialect {
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
            binds: occurrences_of(&analysis)
                .iter()
                .map(|known| known.rows.binds())
                .max()
                .unwrap_or(0),
            backend,
            dialect,
            sql,
            analysis,
            shown: OnceLock::new(),
        }
    }

    /// Returns the tables that it reads.
    pub(crate) fn reads(&self) -> &Tables {
        &self.reads
    }

    /// Returns which rows of these tables it reads, where that is known.
    pub(crate) fn occurrences(&self) -> &[Occurrence] {
        occurrences_of(&self.analysis)
    }

    /// Returns the columns that its expressions name, if it reads no others.
    pub(crate) fn columns(&self) -> Option<&[NamedColumn]> {
        match self.analysis.statements() {
            [only] => only.columns.as_deref(),
            _ => None,
        }
    }

    /// Returns how many of its first binds show which rows it reads.
    #[inline]
    pub(crate) fn binds(&self) -> usize {
        self.binds
    }

    pub(super) fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// Returns what is known about its statements.
    pub(crate) fn facts(&self) -> &[StatementFacts] {
        self.analysis.statements()
    }

    /// Checks that the statement can be cached. A `raw` text must be understood as one SELECT. A query that Diesel has
    /// built is a SELECT anyway, and only its locks and effects are checked.
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

    /// Whether it returns something that only its session has, and that changes without a write.
    #[inline]
    pub(crate) fn is_personal(&self) -> bool {
        self.is_personal
    }

    /// Whether it returns something that changes when a row is locked.
    #[inline]
    pub(crate) fn shows_locks(&self) -> bool {
        self.shows_locks
    }

    /// Returns the name of the backend for which it was rendered.
    pub(crate) fn backend(&self) -> &'static str {
        self.backend
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns what people may see of it.
    pub(crate) fn shown(&self) -> &Shown {
        self.shown
            .get_or_init(|| Shown::of(self.backend, self.dialect, &self.sql, &self.digest))
    }

    /// Returns an id that is unique in this process. Two statements with different ids may have the same text.
    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Returns the digest, which is the same for all statements with this text.
    #[inline]
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

fn occurrences_of(analysis: &Analysis) -> &[Occurrence] {
    match analysis.statements() {
        [only] => &only.occurrences,
        _ => &[],
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
