//! The observer of an attached connection: what it knows, and how events reach it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::chooser::Chooser;
use super::home::{self, Client};
use super::home_context::HomeContext;
use super::in_flight::InFlight;
use super::transaction::question::Question;
use super::transaction::{Open, TransactionState};
use crate::Cache;
use crate::creator::{self, Moment};
use crate::footprint::{Shapes, WrittenSlots};
use crate::generation::{Fence, Session, Slot};
use crate::sql::Dialect;
use crate::tier::SessionStore;

/// The observer of an attached connection. Cached loads find it by downcast. It forwards every event to the user's own
/// instrumentation.
pub(crate) struct Observer {
    pub(super) cache: Cache,
    /// The caches, or namespaces, under which the open transaction began. It invalidates their entries as well.
    pub(super) before: Vec<Cache>,
    /// The namespaces to one of which the connection belongs, if it is unknown to which. It invalidates in all of them,
    /// and no load may use it.
    pub(super) unplaced: Option<Arc<Chooser>>,
    pub(super) forward: Option<Box<dyn Instrumentation>>,
    pub(super) sessions: Vec<Arc<SessionStore>>,
    pub(super) dialect: Option<Dialect>,
    /// Whether the dialect was read off a URL that another database might understand differently.
    pub(super) is_guess: bool,
    /// The home of the connection that is being established, if it says where it leads.
    pub(super) home: Option<String>,
    /// Whether it is a connection of diesel-async, or wraps one; `None` while that is unknown.
    pub(super) is_async: Option<bool>,
    /// Whether the end of a statement with bound values has shown that. All such events look alike, and formatting one
    /// costs its text.
    pub(super) has_seen_an_end: bool,
    /// Whether the connection was made under this observer, and nothing of its user's was sent on it yet.
    pub(super) is_new: bool,
    pub(super) transaction: TransactionState,
    pub(super) in_flight: InFlight,
    /// The number of statements that had not ended when the next one began.
    pub(super) unfinished: u32,
    /// The number of statements that began and may change whether a transaction is open, or the context.
    pub(super) changes: u64,
    /// The server's name for this connection, if it has been identified.
    pub(super) identity: Option<Session>,
    /// A statement of the crate's own that is about to be sent, and changes nothing.
    pub(super) own_statement: Option<Box<str>>,
    /// A buffer for the texts of events.
    pub(super) buffer: String,
    pub(super) written_slots: WrittenSlots,
    pub(super) shapes: KnownShapes,
    /// When the last statement began that found no transaction open. A transaction that is open now began later.
    pub(super) outside_at: Moment,
    /// When the last statement ended.
    pub(super) idle_at: Moment,
    /// How far behind its primary the connection's database may be; `None` if it is a primary.
    pub(super) lag: Option<Duration>,
    /// The world in which the connection was attached; `None` if the observer was installed as the connection was made.
    pub(super) attached: Option<Attached>,
}

/// The shapes of the tables of the connection's database, as of a version of the catalogs.
#[derive(Debug, Default)]
pub(super) struct KnownShapes {
    pub(super) version: Option<u64>,
    pub(super) shapes: Option<Arc<Shapes>>,
}

/// A connection's world, as its type states it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attached {
    Blocking,
    Async,
}

impl Observer {
    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the handles, beside [`cache`](Self::cache), whose entries the writes of the connection make stale.
    pub(super) fn others(&self) -> Vec<Cache> {
        let mut others = self.before.clone();
        if let Some(chooser) = &self.unplaced {
            others.extend(chooser.chosen());
        }
        others
    }

    /// Records the backend of the connection, on which a cached query is about to be loaded.
    pub(crate) fn know_backend<DB>(&mut self) {
        if self.dialect.is_none() || self.is_guess {
            self.dialect = Dialect::of_backend::<DB>().or(self.dialect);
            self.is_guess = false;
        }
    }

    /// Where the connection leads, if it was opened under the observer, and the settings that texts on it depend on,
    /// beside their binds.
    pub(crate) fn context(&self) -> &str {
        self.transaction.context().as_str()
    }

    /// Returns [`context`](Self::context) and the shapes, for queries that are asked without a connection.
    pub(crate) fn home_context(&self) -> HomeContext {
        HomeContext::new(self.transaction.context().clone(), &self.cache)
    }

    /// Returns where the connection leads; empty if it did not say so.
    pub(crate) fn home(&self) -> &Arc<str> {
        self.transaction.context().home()
    }

    /// Looks whether the shapes of the database's tables have changed. Returns the version of the catalogs.
    #[inline]
    pub(crate) fn refresh_shapes(&mut self) -> u64 {
        let version = self.cache.context().catalogs.version();
        if self.shapes.version != Some(version) {
            let catalogs = &self.cache.context().catalogs;
            self.shapes = KnownShapes {
                version: Some(version),
                shapes: catalogs.shapes(self.cache.namespace_of_handle(), self.home()),
            };
        }
        version
    }

    /// Returns the shapes of the database's tables; `None` if they are not known, or if the connection may mean other
    /// tables by their names.
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

    /// The connection leads to a replica: of the database to which `home` leads, if that is known.
    pub(crate) fn follow(&mut self, lag: Duration, primary: Option<&str>, is_async: bool) {
        self.lag = Some(lag);
        self.cache.generations().keep_history(lag);
        if let Some(url) = primary {
            let client = if is_async { Client::Async } else { Client::Blocking };
            self.transaction.move_to(&home::of(url, client));
        }
    }

    /// Returns a name of the database behind the connection. Connections with the same name can be asked about each
    /// other's statements. A replica cannot: it shows neither the locks nor the sessions of its primary.
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

    /// Is, or may, a transaction be open, as far as texts tell? Diesel does not know of a raw `BEGIN`. A connection
    /// that gives the answer to one statement to another is no better.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.open() != Open::No || self.is_garbled()
    }

    /// Returns what the database knows of the connection and texts do not tell.
    pub(crate) fn question(&self) -> Option<Question> {
        self.transaction.question(self.dialect).filter(|_| !self.is_garbled())
    }

    /// Records the database's answer.
    pub(crate) fn answer(&mut self, question: &Question, yes: bool) {
        self.transaction.answer(question, yes);
    }

    /// Only the caller has the connection now: statements that have not ended never will.
    pub(crate) fn assume_exclusive(&mut self) {
        self.leave_unfinished();
        self.in_flight.all_gone();
    }

    /// Records that statements which have not ended may have done their work, or not.
    pub(super) fn leave_unfinished(&mut self) {
        for statement in self.in_flight.running() {
            if !std::mem::replace(&mut statement.left, true) {
                self.unfinished = self.unfinished.saturating_add(1);
            }
            if let Some(plan) = statement.plan.take() {
                self.transaction.fail(plan, false);
            }
        }
    }

    /// Returns `true` if a statement begins only when the one before is over, or will never end. Only PostgreSQL's
    /// asynchronous connection lends itself to several futures.
    pub(super) fn has_one_at_a_time(&self) -> bool {
        self.is_async == Some(false) || matches!(self.dialect, Some(Dialect::Sqlite | Dialect::Mysql))
    }

    /// Returns `true` if a task may have issued what this thread sends, as with a blocking connection inside an
    /// asynchronous one.
    pub(super) fn is_elsewhere(&self) -> bool {
        let is_blocking = self.dialect == Some(Dialect::Sqlite) || self.is_async == Some(false);
        match self.attached {
            Some(Attached::Blocking) => false,
            Some(Attached::Async) => is_blocking,
            None => self.dialect == Some(Dialect::Sqlite) && creator::elsewhere::is_in_runtime(),
        }
    }

    /// Returns `true` if answers may belong to other statements; see [`in_flight`].
    pub(super) fn is_garbled(&self) -> bool {
        self.unfinished > 0 && self.is_async != Some(false) && matches!(self.dialect, None | Some(Dialect::Mysql))
    }

    /// Sets the session that fences carry from now on: the session's end settles their doubts.
    pub(crate) fn identify(&mut self, session: Option<Session>) {
        self.identity = session;
    }

    /// The next statement, if it is this one, is the crate's own: it changes nothing, whatever it looks like.
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

/// Establishing a connection.
impl Observer {
    /// Runs before the client has read its environment.
    fn depart(&mut self, url: &str) {
        self.dialect = Dialect::of_url(url);
        self.is_guess = home::is_guess(url);
        self.home = Some(home::of(url, Client::Blocking));
    }

    /// Diesel's own settings are the same on every new connection. A connection that is attached later does not show
    /// them.
    fn arrive(&mut self, url: &str) {
        let home = home::on_arrival(url, self.dialect, self.is_async == Some(true), self.home.take());
        self.transaction.begin_at(&home);
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.depart(url),
            InstrumentationEvent::FinishEstablishConnection { url, .. } => self.arrive(url),
            #[cfg(all(feature = "async", feature = "postgres"))]
            InstrumentationEvent::StartQuery { query, .. } if self.is_asked(*query) => return self.tell(),
            InstrumentationEvent::StartQuery { query, .. } => self.start(*query),
            InstrumentationEvent::FinishQuery { query, error, .. } => self.finish(*query, *error),
            // These come from a caller that has the connection to itself.
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.assume_exclusive(),
            _ => {}
        }
        if let Some(forward) = &mut self.forward {
            forward.on_connection_event(event);
        }
    }
}

impl Drop for Observer {
    /// When the connection goes, SQLite stops what it was doing for it; a server may continue a statement.
    fn drop(&mut self) {
        if self.dialect == Some(Dialect::Sqlite) {
            self.in_flight.take_fences().for_each(Fence::lift);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
