//! What the observer of a connection knows, read through a shared reference.
//!
//! diesel-async gives access to a connection's instrumentation only through `&mut`. But it reports the start of a
//! statement when the statement's future is *created*, on the caller's thread, and that works with
//! `&AsyncPgConnection`, too. So the caller creates the future of a marker statement and drops it before it is polled.
//! Nothing is sent. The observer recognises the marker and leaves its answer in a thread-local variable.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::DebugQuery;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};

use super::context::ConnectionContext;
use super::observer::{Observer, database_at};
use crate::Cache;
use crate::diesel_text::EventText;
use crate::event::RefusalReason;
use crate::footprint::Shapes;
use crate::generation::Slot;
use crate::sql::{Dialect, Writes};
use crate::tier::SessionStore;

/// The statement that an instrumentation other than the cache's sees.
const MARK: &str = "-- diesel-cache: which cache is attached?";

thread_local! {
    static EXCHANGE: RefCell<Exchange> = const { RefCell::new(Exchange::Idle) };
}

/// A thread's request to an observer, or the observer's answer.
#[derive(Default)]
enum Exchange {
    #[default]
    Idle,
    Asked,
    Told(ConnectionState),
    /// The next statement is the crate's own if it has this text.
    Own(Box<str>),
}

/// The part of a connection's state that loads depend on, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionState {
    cache: Cache,
    context: ConnectionContext,
    version: u64,
    shapes: Option<Arc<Shapes>>,
    session: Option<Arc<SessionStore>>,
    written: Option<Vec<Slot>>,
    changes: u64,
    lag: Option<Duration>,
}

impl ConnectionState {
    /// Returns the state that the connection's observer reports; `None` if there is no observer, or if its namespace is
    /// unknown.
    pub(crate) fn of(mut conn: &AsyncPgConnection) -> Option<Self> {
        EXCHANGE.set(Exchange::Asked);
        drop(conn.execute_returning_count(Mark));
        match EXCHANGE.take() {
            Exchange::Told(state) => Some(state),
            _ => None,
        }
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn context(&self) -> &str {
        self.context.as_str()
    }

    /// Returns the version of the catalogs that the shapes come from.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn shapes(&self) -> Option<&Arc<Shapes>> {
        self.shapes.as_ref()
    }

    pub(crate) fn session(&self) -> Option<&Arc<SessionStore>> {
        self.session.as_ref()
    }

    /// Returns what the open transaction has written; `None` outside of one.
    pub(crate) fn written(&self) -> Option<Vec<Slot>> {
        self.written.clone()
    }

    /// Returns how far behind its primary the connection's database may be, if it is a replica.
    pub(crate) fn lag(&self) -> Option<Duration> {
        self.lag
    }

    /// Returns a name of the database behind the connection; `None` for a replica, which shows nothing of other
    /// connections' statements.
    pub(crate) fn database(&self) -> Option<Arc<str>> {
        let is_primary = self.lag.is_none();
        is_primary.then(|| database_at(Dialect::Postgres, self.context.home()))
    }

    /// Returns why rows that were queried since an earlier state must not be stored. Returns `None` if the query ran in
    /// the context of that state, outside a transaction, from beginning to end.
    ///
    /// In the meantime, another future may have started a statement on the same connection that opens a transaction or
    /// changes the session. Which of the two statements was sent first is unknown.
    pub(crate) fn refusal_since(&self, earlier: u64) -> Option<RefusalReason> {
        if self.written.is_some() {
            return Some(RefusalReason::Transaction);
        }
        (self.changes != earlier).then_some(RefusalReason::OtherContext)
    }

    /// Returns the number of statements so far that may have changed the connection's state.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }
}

/// Creates the future of a statement of the crate's own. The observer takes it for one that changes nothing.
pub(crate) fn own<F>(sql: &str, make: impl FnOnce() -> F) -> F {
    EXCHANGE.set(Exchange::Own(sql.into()));
    let future = make();
    EXCHANGE.set(Exchange::Idle);
    future
}

/// Returns the text of the crate's own statement whose future is being created on this thread.
pub(super) fn expected_own() -> Option<Box<str>> {
    EXCHANGE.with_borrow_mut(|exchange| match mem::take(exchange) {
        Exchange::Own(sql) => Some(sql),
        other => {
            *exchange = other;
            None
        }
    })
}

impl Observer {
    /// Returns `true` if the event is the marker and the thread expects an answer. While a user's instrumentation
    /// handles the marker, it may send statements on another connection.
    pub(super) fn is_asked(&mut self, query: &dyn DebugQuery) -> bool {
        if !EXCHANGE.with_borrow(|exchange| matches!(exchange, Exchange::Asked)) {
            return false;
        }
        let event = EventText::of(query, mem::take(&mut self.buffer));
        let is_mark = event.text == MARK;
        self.buffer = event.text;
        is_mark
    }

    /// Answers the marker. It is not a real statement, so the event is not forwarded.
    pub(super) fn tell(&mut self) {
        if self.unplaced.is_some() {
            return;
        }
        self.know_backend::<Pg>();
        let version = self.refresh_shapes();
        let written = if self.in_flight.has_changes() {
            // It may be sent before the load's query or after it.
            Some(self.cache.write_slots(&Writes::Everything))
        } else {
            self.in_transaction().then(|| self.written())
        };
        EXCHANGE.set(Exchange::Told(ConnectionState {
            cache: self.cache.clone(),
            context: self.transaction.context().clone(),
            version,
            shapes: self.shapes().cloned(),
            session: self.session().cloned(),
            written,
            changes: self.changes,
            lag: self.lag(),
        }));
    }
}

/// A statement that is never sent.
struct Mark;

impl QueryFragment<Pg> for Mark {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(MARK);
        Ok(())
    }
}

impl QueryId for Mark {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::analyse;

    /// It is shown to what watches connections that are not attached.
    #[test]
    fn the_mark_is_no_write() {
        let analysis = analyse(MARK, Dialect::Postgres);
        assert!(analysis.effects().writes.is_empty());
        assert!(analysis.statements().is_empty());
    }
}
