//! Statements of queries with a static id, rendered once.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

use super::{KeyBackend, Statement, StatementRef};

/// A query type and a backend.
type Id = (TypeId, TypeId);
type Statements = HashMap<Id, &'static Statement, BuildHasherDefault<IdHasher>>;

/// All of them. A statement is never dropped: a program has only so many query types.
static STATEMENTS: RwLock<Statements> = RwLock::new(new());

thread_local! {
    /// Those this thread has used: found without a lock, whose counter all threads would write to.
    static SEEN: RefCell<Statements> = const { RefCell::new(new()) };
}

const fn new() -> Statements {
    HashMap::with_hasher(BuildHasherDefault::new())
}

/// The statement of `query`: remembered if its SQL follows from its type, rendered otherwise.
pub(crate) fn statement_of<Q, DB>(query: &Q) -> QueryResult<StatementRef>
where
    Q: QueryFragment<DB> + QueryId,
    DB: KeyBackend,
{
    let Some(query_id) = Q::query_id() else {
        return render::<Q, DB>(query);
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
        // A node may have an id (`#[derive(QueryId)]` is quickly written) and yet vary its SQL, if it tells Diesel not to keep the
        // prepared statement. Diesel honours that, and so must this memo.
        None if !query.is_safe_to_cache_prepared(&DB::default())? => {
            return render::<Q, DB>(query);
        }
        None => remember(id, Statement::render::<Q, DB>(query)?),
    };
    // Fails only while the thread ends, when there is nothing to gain any more.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().insert(id, statement));
    Ok(StatementRef::Static(statement))
}

fn render<Q, DB>(query: &Q) -> QueryResult<StatementRef>
where
    Q: QueryFragment<DB>,
    DB: KeyBackend,
{
    Ok(StatementRef::Once(Arc::new(Statement::render::<Q, DB>(query)?)))
}

fn remember(id: Id, statement: Statement) -> &'static Statement {
    STATEMENTS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(id)
        .or_insert_with(|| Box::leak(Box::new(statement)))
}

/// A `TypeId` is a hash already, so its two words are only mixed.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Rotated, or an id whose two halves are equal would hash to zero.
        self.0 = self.0.rotate_left(23) ^ word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
