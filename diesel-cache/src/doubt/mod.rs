//! Commits in doubt, settled before their grace is over: by asking the database whether the writer's session is gone.
//!
//! A writer whose connection has been [identified](crate::Cache::identify) puts its session on record with each fence. Should it
//! die, or lose its connection, in the middle of a write, then a server that does not know the session any more can commit nothing
//! for it, and the fence may go. Loads that meet such a fence ask over their own connection.
//!
//! Any answer but "they are all gone, and I would know" leaves the matter to the grace. The statement sent has one row in that
//! case alone: on another server, on a standby, or where sessions are hidden from the user, it has none. Rows are counted
//! rather than read, as a plain [`Connection`] does no more than that.

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
use crate::generation::{Doubt, Generations, Session};
use crate::observe::{Observer, dialect_of, world};
use crate::tables::Dialect;

/// Lifts the fences of writers in doubt whose sessions are known to be gone from the database behind `conn`.
///
/// Not in a transaction: there, an error would be the transaction's end, and PostgreSQL shows the sessions of its first look.
pub(crate) fn settle<Conn: Connection>(conn: &mut Conn, generations: &Generations) {
    let Some(question) = question::<Conn::Backend>() else {
        return;
    };
    for (doubt, question) in questions(generations, question) {
        if let Some(observer) = Observer::of::<world::Blocking, _>(conn) {
            observer.aside(&question.0);
        }
        if conn.execute_returning_count(&question) == Ok(1) {
            generations.settle(&doubt);
        }
    }
}

/// The same, on a connection of diesel-async. Dropped half-way, it has settled what it has settled.
#[cfg(feature = "async")]
pub(crate) async fn settle_async<Conn: diesel_async::AsyncConnection>(conn: &mut Conn, generations: &Generations) {
    use crate::region::{Tasks, Wait};

    let Some(question) = question::<Conn::Backend>().filter(|_| generations.is_time_to_ask()) else {
        return;
    };
    let its = generations.clone();
    for (doubt, question) in Tasks.blocking(move || questions(&its, question)).await {
        if let Some(observer) = Observer::of::<world::Async, _>(conn) {
            observer.aside(&question.0);
        }
        if conn.execute_returning_count(question).await == Ok(1) {
            let its = generations.clone();
            Tasks.blocking(move || its.settle(&doubt)).await;
        }
    }
}

/// The statement that has one row if these sessions of a server are gone.
type Question = fn(u64, &[Session]) -> String;

fn question<DB>() -> Option<Question> {
    match dialect_of::<DB>() {
        Some(Dialect::Postgres) => Some(pg::question),
        Some(Dialect::Mysql) => Some(mysql::question),
        _ => None,
    }
}

/// Doubts, and what to ask about them.
fn questions(generations: &Generations, question: Question) -> Vec<(Doubt, Sql)> {
    let doubts = generations.doubts_to_ask().into_iter();
    let asked = doubts.filter_map(|doubt| {
        let server = server_of(&doubt.sessions)?;
        let sql = Sql(question(server, &doubt.sessions));
        Some((doubt, sql))
    });
    asked.collect()
}

/// The server that all these sessions are of.
fn server_of(sessions: &[Session]) -> Option<u64> {
    let (first, others) = sessions.split_first()?;
    let same = others.iter().all(|session| session.server == first.server);
    same.then_some(first.server)
}

/// Numbers as a list in SQL.
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
    fn sessions_of_several_servers_are_nobodys_to_ask_about() {
        let session = |server, id| Session { server, id };
        assert_eq!(server_of(&[session(1, 2), session(1, 3)]), Some(1));
        assert_eq!(server_of(&[session(1, 2), session(4, 3)]), None);
        assert_eq!(server_of(&[]), None);
    }
}
