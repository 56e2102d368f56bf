//! Settles commits in doubt before their grace is over, by questions the database whether the writer's session is gone.
//!
//! A writer whose connection has been [identified](crate::Cache::identify) records its session with each fence. If the
//! writer dies, or loses its connection, in the middle of a write, the server eventually does not know the session any
//! more. From then on it can commit nothing for that session, so the fence may be lifted. Loads that meet such a fence
//! ask over their own connection.
//!
//! An asynchronous connection reports the end of a write that returns rows before the server has committed it. The
//! fence stays until the connection receives another answer, which may never happen. But the server has begun with the
//! statement, so it holds locks until the commit is visible, and PostgreSQL shows every user which tables are locked.
//! So a load that meets the fence asks whether any session holds a write lock on one of the statement's tables or, if
//! the writer has been identified, whether the writer's session is idle. The load's connection must lead to the same
//! database as the writer's: by the same [home](crate::observe).
//!
//! Any answer but "it is over, and I would know" leaves the matter to the grace. The statement returns one row in that
//! case alone: on another server, on a standby, or where sessions are hidden from the user, it returns none. Rows are
//! counted rather than read, because a plain [`Connection`] supports no more than that.

mod backend;
mod mysql;
pub(crate) mod own;
mod pg;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

pub(crate) use self::backend::Identify;
pub use self::backend::SessionBackend;
use crate::generation::{Begun, Doubt, Generations, Session};
use crate::observe::{Observer, dialect_of, world};
use crate::sql::Dialect;

/// Lifts the fences of writes that are over, according to the database behind `conn`. Returns `true` if any were
/// lifted.
///
/// Must not run in a transaction: there, an error would end the transaction, and PostgreSQL shows the sessions of the
/// transaction's first look.
pub(crate) fn settle<Conn: Connection>(conn: &mut Conn, generations: &Generations) -> bool {
    let database = Observer::of::<world::Blocking, _>(conn).and_then(|observer| observer.database());
    let (Some(questions), Some(database)) = (Questions::of::<Conn::Backend>(), database) else {
        return false;
    };
    let mut settled = false;
    for (doubt, sql) in questions.statements(generations, &database) {
        if let Some(observer) = Observer::of::<world::Blocking, _>(conn) {
            observer.own_statement(&sql.0);
        }
        if conn.execute_returning_count(&sql) == Ok(1) {
            settled |= generations.settle(&doubt);
        }
    }
    settled
}

/// Does the same on a connection of diesel-async. If the future is dropped, the doubts settled so far stay settled.
#[cfg(feature = "async")]
pub(crate) async fn settle_async<Conn: diesel_async::AsyncConnection>(
    conn: &mut Conn,
    generations: &Generations,
) -> bool {
    use crate::wait::{Tasks, Wait};

    let database = Observer::of::<world::Async, _>(conn).and_then(|observer| observer.database());
    let questions = Questions::of::<Conn::Backend>().filter(|_| generations.is_time_to_ask());
    let (Some(questions), Some(database)) = (questions, database) else {
        return false;
    };
    let mut settled = false;
    let shared = generations.clone();
    for (doubt, sql) in Tasks.blocking(move || questions.statements(&shared, &database)).await {
        if let Some(observer) = Observer::of::<world::Async, _>(conn) {
            observer.own_statement(&sql.0);
        }
        if conn.execute_returning_count(sql).await == Ok(1) {
            let shared = generations.clone();
            settled |= Tasks.blocking(move || shared.settle(&doubt)).await;
        }
    }
    settled
}

/// Renders the statement about locks on tables of these names.
type Unlocked = fn(&[Box<str>]) -> String;

/// The statements that return one row if a doubt is over.
#[derive(Clone, Copy)]
struct Questions {
    /// Whether these sessions of a server are gone.
    gone: fn(u64, &[Session]) -> String,
    /// Whether this session of a server has nothing to do.
    idle: fn(Session) -> String,
    /// Whether no write of one of these tables is under way.
    unlocked: Option<Unlocked>,
}

impl Questions {
    fn of<DB>() -> Option<Self> {
        match dialect_of::<DB>() {
            Some(Dialect::Postgres) => Some(Self {
                gone: pg::gone,
                idle: pg::idle,
                unlocked: Some(pg::unlocked),
            }),
            Some(Dialect::Mysql) => Some(Self {
                gone: mysql::gone,
                idle: mysql::idle,
                unlocked: None,
            }),
            _ => None,
        }
    }

    /// Returns the doubts about which this database can be asked, with the statement for each.
    fn statements(self, generations: &Generations, database: &str) -> Vec<(Doubt, Sql)> {
        let doubts = generations.doubts_to_ask(database).into_iter();
        let asked = doubts.filter_map(|doubt| {
            let sql = match &doubt.begun {
                None => (self.gone)(server_of(&doubt.sessions)?, &doubt.sessions),
                Some(Begun {
                    session: Some(session), ..
                }) => (self.idle)(*session),
                Some(Begun { locked, .. }) if !locked.is_empty() => (self.unlocked?)(locked),
                Some(_) => return None,
            };
            Some((doubt, Sql(sql)))
        });
        asked.collect()
    }
}

/// Returns the server to which all these sessions belong.
fn server_of(sessions: &[Session]) -> Option<u64> {
    let (first, others) = sessions.split_first()?;
    let same = others.iter().all(|session| session.server == first.server);
    same.then_some(first.server)
}

/// Renders numbers as a list in SQL.
fn list(numbers: impl Iterator<Item: ToString>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// A text without binds, for any backend.
struct Sql(String);

impl<DB: Backend> QueryFragment<DB> for Sql {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(&self.0);
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_several_servers_have_no_common_server() {
        let session = |server, id| Session { server, id };
        assert_eq!(server_of(&[session(1, 2), session(1, 3)]), Some(1));
        assert_eq!(server_of(&[session(1, 2), session(4, 3)]), None);
        assert_eq!(server_of(&[]), None);
    }
}
