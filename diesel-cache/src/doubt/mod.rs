//! Asks the database about writes in doubt, and settles them before their grace is over; and, in [`own`], asks a
//! connection about its own state.
//!
//! **Sessions.** A writer whose connection was [identified](crate::Cache::identify) records its session with each
//! fence. If the writer dies or loses its connection in the middle of a write, the server can no longer commit the
//! write once the session is gone, so the fence can be lifted. A load that meets such a fence asks about the session on
//! its own connection.
//!
//! **Locks.** If a write returns rows, an asynchronous connection reports its end before the server has committed it.
//! The fence stays until the connection receives its next answer, which may never come. But the server has begun the
//! statement, and holds locks until the commit can be seen, and PostgreSQL shows to every user which tables are locked.
//! So a load that meets the fence asks whether any session holds the lock of a write on one of the statement's tables.
//! Or, if the writer was identified, the load asks whether its session is idle. The load's connection must have the
//! same [home](crate::observe) as the writer's.
//!
//! Unless the answer proves that the write is over, the fence stays for the grace. The statements are written so that
//! they have one row in that case alone. They have none on another server, on a standby, or if the user may not see the
//! sessions. The rows are counted and not read, because counting is all that a plain [`Connection`] offers.

mod backend;
mod mysql;
pub(crate) mod own;
mod pg;
mod sql;

use diesel::connection::Connection;

pub(crate) use self::backend::Identify;
pub use self::backend::SessionBackend;
use self::sql::Sql;
use crate::generation::{Begun, DatabaseSession, Doubt, Generations};
use crate::observe::{Observer, world};
use crate::sql::Dialect;

/// Lifts the fences of writes that are over, according to the database behind `conn`. Returns `true` if any was
/// lifted.
///
/// Must not be called in a transaction: an error would end the transaction, and PostgreSQL would show the sessions as
/// they were at the transaction's first look.
pub(crate) fn settle<Conn: Connection>(conn: &mut Conn, generations: &Generations) -> bool {
    let database = Observer::of::<world::Blocking, _>(conn).and_then(|observer| observer.database());
    let (Some(questions), Some(database)) = (Questions::of::<Conn::Backend>(), database) else {
        return false;
    };
    let mut settled = false;
    for (doubt, question) in questions.questions(generations, &database) {
        if let Some(observer) = Observer::of::<world::Blocking, _>(conn) {
            observer.expect_own(&question.0);
        }
        if conn.execute_returning_count(&question) == Ok(1) {
            settled |= generations.settle(&doubt);
        }
    }
    settled
}

/// The same as [`settle`], on a connection of diesel-async. If the future is dropped, doubts that are settled so far
/// stay settled.
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
    let its = generations.clone();
    for (doubt, question) in Tasks.blocking(move || questions.questions(&its, &database)).await {
        if let Some(observer) = Observer::of::<world::Async, _>(conn) {
            observer.expect_own(&question.0);
        }
        if conn.execute_returning_count(question).await == Ok(1) {
            let its = generations.clone();
            settled |= Tasks.blocking(move || its.settle(&doubt)).await;
        }
    }
    settled
}

/// The same as [`settle`], through a shared reference.
#[cfg(all(feature = "async", feature = "postgres"))]
pub(crate) async fn settle_shared(mut conn: &diesel_async::AsyncPgConnection, generations: &Generations) -> bool {
    use diesel_async::AsyncConnectionCore;

    use crate::observe::shared::{self, ConnectionState};
    use crate::wait::{Tasks, Wait};

    let state = ConnectionState::of(conn).filter(|state| state.written().is_none());
    let questions = Questions::of::<diesel::pg::Pg>().filter(|_| generations.is_time_to_ask());
    let (Some(questions), Some(state)) = (questions, state) else {
        return false;
    };
    let Some(database) = state.database() else {
        return false;
    };
    let mut settled = false;
    let its = generations.clone();
    for (doubt, question) in Tasks.blocking(move || questions.questions(&its, &database)).await {
        // A statement that fails would end a transaction that has begun meanwhile.
        if ConnectionState::of(conn).is_none_or(|now| now.changes() != state.changes()) {
            break;
        }
        let asking = shared::own(&question.0, || conn.execute_returning_count(&question));
        if asking.await == Ok(1) {
            let its = generations.clone();
            settled |= Tasks.blocking(move || its.settle(&doubt)).await;
        }
    }
    settled
}

/// Asks about locks on tables of these names.
type Unlocked = fn(&[Box<str>]) -> String;

/// The statements that have one row if a doubt is over.
#[derive(Clone, Copy)]
struct Questions {
    /// Whether these sessions of a server are gone.
    gone: fn(u64, &[DatabaseSession]) -> String,
    /// Whether this session of a server is idle.
    idle: fn(DatabaseSession) -> String,
    /// Whether no write to one of these tables is under way.
    unlocked: Option<Unlocked>,
}

impl Questions {
    fn of<DB>() -> Option<Self> {
        match Dialect::of_backend::<DB>() {
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
            // A statement of SQLite is over when its process is.
            Some(Dialect::Sqlite) | None => None,
        }
    }

    /// Returns the doubts about which this database should be asked now, each with its question.
    fn questions(self, generations: &Generations, database: &str) -> Vec<(Doubt, Sql)> {
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

/// Returns the server of these sessions; `None` if they are of several.
fn server_of(sessions: &[DatabaseSession]) -> Option<u64> {
    let (first, others) = sessions.split_first()?;
    let same = others.iter().all(|session| session.server == first.server);
    same.then_some(first.server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_several_servers_are_nobodys_to_ask_about() {
        let session = |server, id| DatabaseSession { server, id };
        assert_eq!(server_of(&[session(1, 2), session(1, 3)]), Some(1));
        assert_eq!(server_of(&[session(1, 2), session(4, 3)]), None);
        assert_eq!(server_of(&[]), None);
    }
}
