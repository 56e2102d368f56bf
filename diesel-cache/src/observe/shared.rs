//! What the observer of a connection knows, read through a shared reference.
//!
//! diesel-async shows a connection's instrumentation to whoever has `&mut` of it. But it reports the start of a statement
//! when the statement's future is *made*, on the caller's thread, also through `&AsyncPgConnection`. So the caller makes the
//! future of a statement that is only a mark, and drops it before anybody polls it. Nothing is sent. The observer
//! recognises the mark, and leaves its answer with the thread.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::DebugQuery;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};

use super::context::SessionContext;
use super::observer::{Observer, database_at};
use crate::Cache;
use crate::diesel_text::EventText;
use crate::event::RefusalReason;
use crate::footprint::Shapes;
use crate::generation::Slot;
use crate::sql::{Dialect, Writes};
use crate::tier::SessionStore;

/// What an instrumentation that is not the cache's gets to see.
const MARK: &str = "-- diesel-cache: which cache is attached?";

thread_local! {
    static EXCHANGE: RefCell<Exchange> = const { RefCell::new(Exchange::Idle) };
}

/// A question of this thread to an observer, or the answer.
#[derive(Default)]
enum Exchange {
    #[default]
    Idle,
    Asked,
    Told(ConnectionState),
    /// The next statement, if it is this one, is the crate's own.
    Own(Box<str>),
}

/// The state of a connection at one moment, as far as loads depend on it.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionState {
    cache: Cache,
    context: SessionContext,
    version: u64,
    shapes: Option<Arc<Shapes>>,
    session: Option<Arc<SessionStore>>,
    written: Option<Vec<Slot>>,
    changes: u64,
    lag: Option<Duration>,
}

impl ConnectionState {
    /// Asks the connection's observer; `None` if there is none, or if its namespace is unknown.
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

    /// Returns the version of the catalogs from which the shapes are.
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

    /// Says why rows that were queried since an earlier state must not be stored; `None` if the query had the context of
    /// that state, outside a transaction, from its beginning to its end.
    ///
    /// In between, another future may have begun a statement on the same connection that opens a transaction, or changes
    /// the session. It is not known which of the two statements was sent first.
    pub(crate) fn refusal_since(&self, earlier: u64) -> Option<RefusalReason> {
        if self.written.is_some() {
            return Some(RefusalReason::Transaction);
        }
        (self.changes != earlier).then_some(RefusalReason::OtherContext)
    }

    /// Returns how many statements have begun on the connection that may change its state.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }
}

/// Makes the future of a statement of the crate's own, which changes nothing, whatever it looks like.
pub(crate) fn own<F>(sql: &str, make: impl FnOnce() -> F) -> F {
    EXCHANGE.set(Exchange::Own(sql.into()));
    let future = make();
    EXCHANGE.set(Exchange::Idle);
    future
}

/// Returns the text of the crate's own statement whose future is being made on this thread.
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
    /// Returns `true` if the event is the mark, and the thread waits for an answer. A user's own instrumentation may send
    /// statements on another connection while it is shown the mark.
    pub(super) fn is_asked(&mut self, query: &dyn DebugQuery) -> bool {
        if !EXCHANGE.with_borrow(|exchange| matches!(exchange, Exchange::Asked)) {
            return false;
        }
        let event = EventText::of(query, mem::take(&mut self.buffer));
        let is_mark = event.text == MARK;
        self.buffer = event.text;
        is_mark
    }

    /// Answers the mark. It is not a statement, so the event is not passed on.
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
