//! Statements that are used again. Those of queries with a static id are rendered once and found by the id; all others
//! are found by their text.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use foldhash::fast::RandomState;
use quick_cache::unsync::Cache;

use super::backend::KeyBackend;
use super::statement::{Statement, StatementRef};

/// A query type and a backend.
type Id = (TypeId, TypeId);
type ById = HashMap<Id, &'static Statement, BuildHasherDefault<IdHasher>>;

/// Statements by text, of one thread.
type Texts = Cache<Box<str>, Arc<Statement>, quick_cache::UnitWeighter, RandomState>;

/// The number of texts that a thread remembers.
const TEXTS: usize = 128;
/// The longest text that is remembered, in bytes. A longer text (a list of a thousand ids) is seldom used again.
const LONGEST: usize = 2048;

/// The statements of all threads. A statement is never dropped, because a program has a limited number of query types.
static STATEMENTS: RwLock<ById> = RwLock::new(new());

thread_local! {
    /// The statements that this thread has used. They are found without a lock, to whose counter all threads would
    /// write.
    static SEEN: RefCell<ById> = const { RefCell::new(new()) };
    static TEXTS_SEEN: RefCell<Texts> = RefCell::new(Texts::with(
        TEXTS, TEXTS as u64, quick_cache::UnitWeighter, RandomState::default(), Default::default(),
    ));
}

const fn new() -> ById {
    HashMap::with_hasher(BuildHasherDefault::new())
}

/// Returns the statement of `query`. It is remembered if the query's type determines the SQL, and rendered otherwise.
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
        // A node with an id may still vary its SQL, because `#[derive(QueryId)]` is easily added, if it tells Diesel
        // not to cache the prepared statement. Diesel respects that, and so must this memo.
        None if !query.is_safe_to_cache_prepared(&DB::default())? => {
            return Ok(of_text::<DB>(render::<Q, DB>(query)?));
        }
        None => remember(id, Statement::new(DB::NAME, render::<Q, DB>(query)?.into())),
    };
    // This fails only while the thread ends, when remembering is pointless.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().insert(id, statement));
    Ok(StatementRef::Static(statement))
}

impl StatementRef {
    /// Whether the same statement may be used again.
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

/// Mixes the two words of a `TypeId`, which is a hash already.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Rotate one half, because otherwise an id with two equal halves would hash to zero.
        self.0 = self.0.rotate_left(23) ^ word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
