//! Repeated statements. Those of queries with a static id are rendered once and found by that id. All others are found
//! by their text.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use foldhash::fast::RandomState;
use quick_cache::unsync::Cache;

use super::{KeyBackend, Statement, StatementRef};

/// A query type and a backend.
type Id = (TypeId, TypeId);
type Statements = HashMap<Id, &'static Statement, BuildHasherDefault<IdHasher>>;

/// Statements by text, of one thread.
type Texts = Cache<Box<str>, Arc<Statement>, quick_cache::UnitWeighter, RandomState>;

/// The number of texts that a thread remembers.
const TEXTS: usize = 128;
/// The longest text that is remembered, in bytes. A longer one (a list of a thousand ids) is seldom requested again.
const LONGEST: usize = 2048;

/// All statements by type. A statement is never dropped, because a program has a limited number of query types.
static STATEMENTS: RwLock<Statements> = RwLock::new(new());

thread_local! {
    /// The statements that this thread has used. They are found without a lock, whose counter all threads would write
    /// to.
    static SEEN: RefCell<Statements> = const { RefCell::new(new()) };
    static TEXTS_SEEN: RefCell<Texts> = RefCell::new(Texts::with(
        TEXTS, TEXTS as u64, quick_cache::UnitWeighter, RandomState::default(), Default::default(),
    ));
}

const fn new() -> Statements {
    HashMap::with_hasher(BuildHasherDefault::new())
}

/// Returns the statement of `query`. If its SQL follows from its type, it is remembered; otherwise it is rendered.
#[inline]
pub(crate) fn statement_of<Q, DB>(query: &Q) -> QueryResult<StatementRef>
where
    Q: QueryFragment<DB> + QueryId,
    DB: KeyBackend,
{
    let Some(query_id) = Q::query_id() else {
        return Ok(of_text::<DB>(render::<Q, DB>(query)?));
    };
    let id = (query_id, TypeId::of::<DB>());
    if let Ok(Some(statement)) = SEEN.try_with(|seen| seen.borrow().get(&id).copied()) {
        return Ok(StatementRef::Static(statement));
    }
    let known = STATEMENTS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&id)
        .copied();
    let statement = match known {
        Some(statement) => statement,
        // A node may have an id (`#[derive(QueryId)]` is easily written) and still vary its SQL, if it forbids Diesel
        // to keep the prepared statement. Diesel respects that, and so must this memo.
        None if !query.is_safe_to_cache_prepared(&DB::default())? => {
            return Ok(of_text::<DB>(render::<Q, DB>(query)?));
        }
        None => remember(id, Statement::new(DB::NAME, render::<Q, DB>(query)?.into())),
    };
    // This fails only while the thread ends, when the memo is no longer needed.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().insert(id, statement));
    Ok(StatementRef::Static(statement))
}

impl StatementRef {
    /// Returns `true` if the same statement may be requested again.
    #[inline]
    pub(crate) fn is_remembered(&self) -> bool {
        match self {
            Self::Static(_) => true,
            Self::Once(statement) => statement.sql().len() <= LONGEST,
        }
    }
}

/// Renders the SQL of `query`, with placeholders for its binds.
fn render<Q, DB>(query: &Q) -> QueryResult<String>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    let mut builder = DB::QueryBuilder::default();
    query.to_sql(&mut builder, &DB::default())?;
    Ok(builder.finish())
}

fn of_text<DB: KeyBackend>(sql: String) -> StatementRef {
    let new = |sql: String| Arc::new(Statement::new(DB::NAME, sql.into()));
    if sql.len() > LONGEST {
        return StatementRef::Once(new(sql));
    }
    let seen = TEXTS_SEEN.try_with(|texts| {
        let mut texts = texts.borrow_mut();
        match texts.get(&*sql) {
            Some(statement) if statement.backend() == DB::NAME => Arc::clone(statement),
            _ => {
                let statement = new(sql.clone());
                texts.insert(sql.as_str().into(), Arc::clone(&statement));
                statement
            }
        }
    });
    StatementRef::Once(seen.unwrap_or_else(|_| new(sql)))
}

fn remember(id: Id, statement: Statement) -> &'static Statement {
    STATEMENTS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(id)
        .or_insert_with(|| Box::leak(Box::new(statement)))
}

/// Mixes the two words of a `TypeId`, which is already a hash.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Without the rotation, an id whose two halves are equal would hash to zero.
        self.0 = self.0.rotate_left(23) ^ word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
