//! The connection's instrumentation: what ties a connection to its cache, and sees what it writes.
//!
//! A write takes four steps, so that no load can mistake what was for what is:
//!
//! 1. before the statement, or the COMMIT, that makes it visible is sent, its tables are *fenced*;
//! 2. the database does its work;
//! 3. when the outcome is known, whatever it is, the tables get a new generation,
//! 4. and the fence is lifted.
//!
//! [`ledger`] decides which tables; [`backend`] what an error means. A connection that is lost in between leaves its fence in
//! doubt, which [`crate::doubt`] may settle; a statement that never reported its end is settled by the next one that does.

mod backend;
mod ledger;

use std::fmt;
use std::sync::Arc;

use diesel::connection::{Connection, Instrumentation, InstrumentationEvent};
use diesel::result::Error;

pub(crate) use self::backend::of_type as dialect_of;
use self::ledger::{Ledger, Open};
use crate::Cache;
use crate::generation::{DoubtPolicy, Fence, Session, Slot};
use crate::store::SessionStore;
use crate::tables::{Analysis, Dialect, Kind, analyse_observed, strip_binds};

/// Sits in a connection, where cached loads find it by downcast, and forwards every event to the user's own
/// instrumentation.
pub(crate) struct Observer {
    cache: Cache,
    forward: Option<Box<dyn Instrumentation>>,
    sessions: Vec<Arc<SessionStore>>,
    dialect: Option<Dialect>,
    ledger: Ledger,
    /// The state that the statement on its way leads to, if it succeeds.
    next: Option<Ledger>,
    /// Of the statement on its way, and of earlier ones whose end was never reported.
    fences: Vec<Fence>,
    /// Did Diesel itself begin the open transaction?
    managed: bool,
    context: Context,
    /// What the server calls this connection, if it has been asked.
    identity: Option<Session>,
    /// A statement of the crate's own that is about to be sent, and changes nothing.
    aside: Option<Box<str>>,
}

impl Observer {
    /// An observer for a connection to this backend.
    pub(crate) fn for_backend<DB>(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        Self::new(cache, forward, backend::of_type::<DB>())
    }

    /// An observer for a connection that is about to be made, and will say where to.
    pub(crate) fn for_new_connection(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        Self::new(cache, forward, None)
    }

    fn new(cache: Cache, forward: Option<Box<dyn Instrumentation>>, dialect: Option<Dialect>) -> Self {
        Self {
            cache,
            forward,
            sessions: Vec::new(),
            dialect,
            ledger: Ledger::default(),
            next: None,
            fences: Vec::new(),
            managed: false,
            context: Context::default(),
            identity: None,
            aside: None,
        }
    }

    /// The observer of a connection, if it has one.
    pub(crate) fn of<Conn: Connection>(conn: &mut Conn) -> Option<&mut Self> {
        conn.instrumentation().downcast_mut()
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The settings that texts on this connection depend on, beside their binds; empty for most connections.
    pub(crate) fn context(&self) -> &str {
        &self.context.0
    }

    /// The innermost session.
    pub(crate) fn session(&self) -> Option<&Arc<SessionStore>> {
        self.sessions.last()
    }

    /// Opens a session; returns how many there were before.
    pub(crate) fn open_session(&mut self) -> usize {
        self.sessions.push(Arc::default());
        self.sessions.len() - 1
    }

    /// Closes sessions until `depth` are left.
    pub(crate) fn close_sessions(&mut self, depth: usize) {
        self.sessions.truncate(depth);
    }

    /// Is, or may, a transaction be open? `diesel` is what Diesel thinks, which does not know of a raw `BEGIN`.
    pub(crate) fn in_transaction(&mut self, diesel: bool) -> bool {
        if self.managed && !diesel {
            self.managed = false;
            self.ledger.over();
        }
        diesel || self.ledger.open() != Open::No
    }

    /// From now on fences carry this session: its end settles their doubts.
    pub(crate) fn identify(&mut self, session: Option<Session>) {
        self.identity = session;
    }

    /// The next statement, if it is this one, is the crate's own: it changes nothing, whatever it looks like.
    pub(crate) fn aside(&mut self, sql: &str) {
        self.aside = Some(sql.into());
    }

    /// What the open transaction will move when it commits.
    pub(crate) fn written(&self) -> Vec<Slot> {
        self.cache.write_slots(self.ledger.pending())
    }

    fn start(&mut self, text: &str) {
        if self.aside.take().is_some_and(|own| text.starts_with(&*own)) {
            return;
        }
        let analysis = self.analyse(text);
        self.context.follow(&analysis, text, self.dialect);
        let (visible, next) = self.ledger.plan(&analysis);
        self.next = Some(next);
        if !visible.is_empty() {
            let policy = match self.dialect {
                Some(Dialect::Sqlite) => DoubtPolicy::AtDeath,
                _ => DoubtPolicy::Grace {
                    grace: self.cache.doubt_grace(),
                    session: self.identity,
                },
            };
            let slots = self.cache.write_slots(&visible);
            self.fences.push(self.cache.generations().fence(&slots, policy));
        }
    }

    fn finish(&mut self, error: Option<&Error>) {
        let next = self.next.take();
        match (error, next) {
            (None, Some(next)) => self.ledger = next,
            // Only PostgreSQL refuses everything after an error, until the transaction ends.
            (Some(_), Some(next)) => self.ledger.fail(next, self.dialect != Some(Dialect::Postgres)),
            (_, None) => {}
        }
        let doubt = error.is_some_and(|error| backend::in_doubt(error, self.dialect));
        for fence in self.fences.drain(..) {
            if doubt { fence.doubt() } else { fence.lift() }
        }
    }

    /// What the text means; where the database is not known, what it may mean in any.
    fn analyse(&self, text: &str) -> Arc<Analysis> {
        match self.dialect {
            Some(dialect) => analyse_observed(text, dialect),
            None => Analysis::of_any(
                [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql].map(|dialect| analyse_observed(text, dialect)),
            ),
        }
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.dialect = backend::of_url(url),
            // What Diesel itself sets on every new connection is the same for all, and is not seen by those attached later.
            InstrumentationEvent::FinishEstablishConnection { .. } => self.context = Context::default(),
            InstrumentationEvent::BeginTransaction { .. } => self.managed = true,
            InstrumentationEvent::StartQuery { query, .. } => self.start(&query.to_string()),
            InstrumentationEvent::FinishQuery { error, .. } => self.finish(*error),
            _ => {}
        }
        if let Some(forward) = &mut self.forward {
            forward.on_connection_event(event);
        }
    }
}

impl Drop for Observer {
    /// With the connection goes what SQLite was doing for it; a server may go on with a statement.
    fn drop(&mut self) {
        if self.dialect == Some(Dialect::Sqlite) {
            self.fences.drain(..).for_each(Fence::lift);
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

/// The statements that changed what later texts mean on this connection: `SET search_path`, `SET ROLE`, `USE`, `ATTACH`, …
///
/// They become part of the key: two connections share entries if they were told the same, in the same order. A statement
/// sent again moves to the end, and one that sets the same name takes the other's place, so that a pool that sets a tenant for
/// each request has one text for each tenant.
#[derive(Default)]
struct Context(String);

impl Context {
    fn follow(&mut self, analysis: &Analysis, text: &str, dialect: Option<Dialect>) {
        if !analysis
            .statements()
            .iter()
            .any(|statement| statement.kind == Kind::Context)
        {
            return;
        }
        let sql = dialect.map_or(text, |dialect| strip_binds(text, dialect)).trim();
        let subject = |line: &str| {
            line.split(['=', ' '])
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        };
        let this = sql.replace('\n', " ");
        let kept: Vec<&str> = self.0.lines().filter(|line| subject(line) != subject(&this)).collect();
        self.0 = kept.into_iter().chain([this.as_str()]).collect::<Vec<_>>().join("\n");
    }
}
