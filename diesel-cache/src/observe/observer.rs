//! The observer of an attached connection: what it knows, and what loads learn from it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::Instrumentation;

use super::chooser::Chooser;
use super::home::{self, Client};
use super::in_flight::InFlight;
use super::query_context::QueryContext;
use super::transaction::question::Question;
use super::transaction::{Open, TransactionState};
use crate::Cache;
use crate::creator::Moment;
use crate::footprint::{Shapes, WrittenSlotsMemo};
use crate::generation::{DatabaseSession, Slot};
use crate::sql::Dialect;
use crate::tier::SessionStore;

/// The observer of an attached connection. Cached loads find it by downcast. It forwards every event to the user's
/// instrumentation.
pub(crate) struct Observer {
    pub(super) cache: Cache,
    /// The caches, or namespaces, under which the open transaction began. It invalidates their entries as well.
    pub(super) before: Vec<Cache>,
    /// The candidates for the connection's namespace, if that is unknown. Its writes invalidate entries in all of them,
    /// and no load may use the connection.
    pub(super) unplaced: Option<Arc<Chooser>>,
    pub(super) forward: Option<Box<dyn Instrumentation>>,
    pub(super) sessions: Vec<Arc<SessionStore>>,
    pub(super) dialect: Option<Dialect>,
    /// Whether the dialect is a guess, because another database might read the URL differently.
    pub(super) is_guess: bool,
    /// The home of the connection that is being established, if it reports its URL.
    pub(super) home: Option<String>,
    /// Whether this is a connection of diesel-async, or wraps one; `None` while that is unknown.
    pub(super) is_async: Option<bool>,
    /// Whether the end of a statement with bind values has shown that. All such events look alike, and formatting one
    /// costs as much as its text.
    pub(super) has_seen_an_end: bool,
    /// Whether the connection was established under this observer, and its user has not sent a statement yet.
    pub(super) is_new: bool,
    pub(super) transaction: TransactionState,
    pub(super) in_flight: InFlight,
    /// The number of statements that had not ended when the next one began.
    pub(super) unfinished: u32,
    /// The number of statements so far that may begin or end a transaction, or change the context.
    pub(super) changes: u64,
    /// The server's name for this connection, if it has been identified.
    pub(super) identity: Option<DatabaseSession>,
    /// A statement of the crate's own that is about to be sent and changes nothing.
    pub(super) own_statement: Option<Box<str>>,
    /// A buffer for the texts of events.
    pub(super) buffer: String,
    pub(super) written_slots_memo: WrittenSlotsMemo,
    pub(super) shapes: KnownShapes,
    /// When the last statement began while no transaction was open. A transaction that is open now began later.
    pub(super) outside_at: Moment,
    /// When the last statement ended.
    pub(super) idle_at: Moment,
    /// How far behind its primary the connection's database may be; `None` if it is a primary.
    pub(super) lag: Option<Duration>,
    /// The interface of the connection that was attached; `None` if the observer was installed while the connection was
    /// established.
    pub(super) interface: Option<Interface>,
}

/// The shapes of the tables of the connection's database, as of a version of the catalogs.
#[derive(Debug, Default)]
pub(super) struct KnownShapes {
    pub(super) version: Option<u64>,
    pub(super) shapes: Option<Arc<Shapes>>,
}

/// The interface that a connection's type offers. A connection with an asynchronous interface may wrap a blocking one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Interface {
    Blocking,
    Async,
}

impl Observer {
    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the other handles, besides [`cache`](Self::cache), whose entries the connection's writes invalidate.
    pub(super) fn others(&self) -> Vec<Cache> {
        let mut others = self.before.clone();
        if let Some(chooser) = &self.unplaced {
            others.extend(chooser.chosen());
        }
        others
    }

    /// Records the connection's backend, before a cached query is loaded on it.
    #[inline]
    pub(crate) fn know_backend<DB>(&mut self) {
        if self.dialect.is_none() || self.is_guess {
            self.dialect = Dialect::of_backend::<DB>().or(self.dialect);
            self.is_guess = false;
        }
    }

    /// Returns the connection's home, if it was opened under the observer, and the settings that affect what its texts
    /// mean.
    pub(crate) fn context(&self) -> &str {
        self.transaction.context().as_str()
    }

    /// Returns the [`context`](Self::context) and the shapes, for loads without a connection.
    pub(crate) fn query_context(&self) -> QueryContext {
        QueryContext::new(self.transaction.context().clone(), &self.cache)
    }

    /// Returns the connection's home; empty if it is unknown.
    pub(crate) fn home(&self) -> &Arc<str> {
        self.transaction.context().home()
    }

    /// Updates the shapes of the database's tables if the catalogs have changed. Returns the version of the catalogs.
    #[inline]
    pub(crate) fn refresh_shapes(&mut self) -> u64 {
        let version = self.cache.core().catalogs.version();
        if self.shapes.version != Some(version) {
            let catalogs = &self.cache.core().catalogs;
            self.shapes = KnownShapes {
                version: Some(version),
                shapes: catalogs.shapes(self.cache.namespace_of_handle(), self.home()),
            };
        }
        version
    }

    /// Returns the shapes of the database's tables; `None` if they are unknown, or if their names may refer to other
    /// tables on this connection.
    #[inline]
    pub(crate) fn shapes(&self) -> Option<&Arc<Shapes>> {
        let shapes = self.shapes.shapes.as_ref()?;
        (!self.transaction.context().may_mean_other_tables()).then_some(shapes)
    }

    /// Returns how far behind its primary the connection's database may be, if it is a replica.
    #[inline]
    pub(crate) fn lag(&self) -> Option<Duration> {
        self.lag
    }

    /// Marks the connection as one to a replica, of the database at the URL `primary` if that is known.
    pub(crate) fn mark_replica(&mut self, lag: Duration, primary: Option<&str>, is_async: bool) {
        self.lag = Some(lag);
        self.cache.generations().keep_history(lag);
        if let Some(url) = primary {
            let client = if is_async { Client::Async } else { Client::Blocking };
            self.transaction.move_to(&home::of(url, client));
        }
    }

    /// Returns a name of the database behind the connection. Connections with the same name can query the state of each
    /// other's statements. Returns `None` for a replica, which shows neither the locks nor the sessions of its primary.
    pub(crate) fn database(&self) -> Option<Arc<str>> {
        Some(database_at(self.dialect.filter(|_| self.lag.is_none())?, self.home()))
    }

    /// Returns the innermost session.
    pub(crate) fn session(&self) -> Option<&Arc<SessionStore>> {
        self.sessions.last()
    }

    /// Opens a session. Returns how many were open before.
    pub(crate) fn open_session(&mut self) -> usize {
        self.sessions.push(Arc::default());
        self.sessions.len() - 1
    }

    /// Closes sessions until `depth` are left.
    pub(crate) fn close_sessions(&mut self, depth: usize) {
        self.sessions.truncate(depth);
    }

    /// Returns `true` if, according to the texts, a transaction is open or may be open. Diesel does not know of a raw
    /// `BEGIN`. Also returns `true` if the connection may mix up the answers to its statements.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.open() != Open::No || self.is_garbled()
    }

    /// Returns a question about the connection that only the database can answer, if there is one.
    pub(crate) fn question(&self) -> Option<Question> {
        self.transaction.question(self.dialect).filter(|_| !self.is_garbled())
    }

    /// Records the database's answer.
    pub(crate) fn answer(&mut self, question: &Question, yes: bool) {
        self.transaction.answer(question, yes);
    }

    /// Sets the session that fences carry from now on. The end of the session settles their doubts.
    pub(crate) fn identify(&mut self, session: Option<DatabaseSession>) {
        self.identity = session;
    }

    /// Announces a statement of the crate's own. If it is the next one, it is taken for one that changes nothing.
    pub(crate) fn expect_own(&mut self, sql: &str) {
        self.own_statement = Some(sql.into());
    }

    /// Returns the slots that the open transaction will move when it commits.
    pub(crate) fn written(&self) -> Vec<Slot> {
        self.cache.write_slots(self.transaction.pending())
    }
}

/// Returns a name of the database to which connections of this home lead.
pub(super) fn database_at(dialect: Dialect, home: &str) -> Arc<str> {
    format!("{dialect:?} {home}").into()
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
