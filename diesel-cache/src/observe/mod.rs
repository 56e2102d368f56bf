//! The connection's instrumentation: what ties a connection to its cache, and sees what it writes.
//!
//! A write takes four steps, so that no load can mistake what was for what is:
//!
//! 1. before the statement, or the COMMIT, that makes it visible is sent, its tables are *fenced*;
//! 2. the database does its work;
//! 3. when the outcome is known, whatever it is, the tables get a new generation,
//! 4. and the fence is lifted.
//!
//! [`ledger`] decides which tables; [`backend`] what an error means; [`context`] keeps what gives texts another meaning. A
//! connection that is lost in between leaves its fence in doubt, which [`crate::doubt`] may settle; a statement that never reported
//! its end is settled by the next one that does.

mod backend;
mod context;
mod ledger;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::fmt;
use std::sync::Arc;

use diesel::connection::{
    Connection, Instrumentation, InstrumentationEvent, TransactionManager, TransactionManagerStatus,
};
use diesel::result::Error;

pub(crate) use self::backend::of_type as dialect_of;
use self::ledger::{Binds, Ledger, Open, Plan, Sent};
use crate::Cache;
use crate::fault::{self, Point};
use crate::generation::{DoubtPolicy, Fence, Session, Slot};
use crate::region::creating::{self, Moment};
use crate::store::SessionStore;
use crate::tables::{Analysis, Dialect, Kind, StatementFacts, analyse_observed, strip_binds};

/// Sits in a connection, where cached loads find it by downcast, and forwards every event to the user's own
/// instrumentation.
pub(crate) struct Observer {
    cache: Cache,
    /// The cache, or namespace, that the open transaction has begun under: its entries are changed as well.
    before: Option<Cache>,
    forward: Option<Box<dyn Instrumentation>>,
    sessions: Vec<Arc<SessionStore>>,
    dialect: Option<Dialect>,
    ledger: Ledger,
    /// What the statement on its way does.
    plan: Option<Plan>,
    /// Of the statement on its way, and of earlier ones whose end was never reported.
    fences: Vec<Fence>,
    /// Of the statement on its way: that it changes what the catalog says.
    defines: Option<Box<str>>,
    /// What the server calls this connection, if it has been asked.
    identity: Option<Session>,
    /// A statement of the crate's own that is about to be sent, and changes nothing.
    aside: Option<Box<str>>,
    /// When the last statement began that found no transaction open: one that is open now is younger.
    outside_at: Moment,
}

impl Observer {
    /// An observer for this connection. If it has one already, the new one goes on from where that is.
    pub(crate) fn for_connection<Conn>(cache: Cache, forward: Option<Box<dyn Instrumentation>>, conn: &mut Conn) -> Self
    where
        Conn: Connection,
    {
        let mut observer = Self::new(cache, forward, backend::of_type::<Conn::Backend>());
        let unseen = has_transaction(conn);
        if let Some(old) = Self::of(conn) {
            observer.dialect = observer.dialect.or(old.dialect);
            if old.ledger.open() != Open::No && !old.cache.is(&observer.cache) {
                observer.before = Some(old.cache.clone());
            }
            observer.ledger = std::mem::take(&mut old.ledger);
            observer.plan = old.plan.take();
            observer.fences = std::mem::take(&mut old.fences);
            observer.outside_at = old.outside_at;
        } else if unseen {
            observer.ledger = Ledger::unseen();
        }
        observer
    }

    /// An observer for a connection that is about to be made, and will say where to.
    pub(crate) fn for_new_connection(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        Self::new(cache, forward, None)
    }

    fn new(cache: Cache, forward: Option<Box<dyn Instrumentation>>, dialect: Option<Dialect>) -> Self {
        Self {
            cache,
            before: None,
            forward,
            sessions: Vec::new(),
            dialect,
            ledger: Ledger::default(),
            plan: None,
            fences: Vec::new(),
            defines: None,
            identity: None,
            aside: None,
            outside_at: Moment::default(),
        }
    }

    /// The observer of a connection, if it has one.
    pub(crate) fn of<Conn: Connection>(conn: &mut Conn) -> Option<&mut Self> {
        conn.instrumentation().downcast_mut()
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// A cached query is about to be loaded on the connection, which has this backend.
    pub(crate) fn know_backend<DB>(&mut self) {
        if self.dialect.is_none() {
            self.dialect = backend::of_type::<DB>();
        }
    }

    /// The settings that texts on this connection depend on, beside their binds; empty for most connections.
    pub(crate) fn context(&self) -> &str {
        self.ledger.context().as_str()
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

    /// Is, or may, a transaction be open, as far as texts tell? Diesel does not know of a raw `BEGIN`.
    pub(crate) fn in_transaction(&self) -> bool {
        self.ledger.open() != Open::No
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
        if let Some(unfinished) = self.plan.take() {
            self.ledger.fail(unfinished, false);
        }
        self.defines = None;
        if self.aside.take().is_some_and(|own| text.starts_with(&*own)) {
            return;
        }
        let analysis = self.analyse(text);
        let sql = strip_binds(text, self.dialect.unwrap_or(Dialect::Sqlite));
        let defining = analysis.statements().iter().find(|statement| statement.defines);
        self.defines = defining.map(|statement| statement.verb.clone());
        self.tell_creators(&analysis);
        let plan = self.ledger.plan(Sent {
            analysis: &analysis,
            sql,
            binds: match &text[sql.len()..] {
                "" => Binds::Unprepared,
                " -- binds: []" => Binds::None,
                _ => Binds::Some,
            },
            dialect: self.dialect,
        });
        if !plan.visible.is_empty() {
            let policy = match self.dialect {
                Some(Dialect::Sqlite) => DoubtPolicy::AtDeath,
                _ => DoubtPolicy::Grace {
                    grace: self.cache.doubt_grace(),
                    session: self.identity,
                },
            };
            fault::at(Point::BeforeFence);
            for cache in [Some(&self.cache), self.before.as_ref()].into_iter().flatten() {
                let slots = cache.write_slots(&plan.visible);
                self.fences.push(cache.generations().fence(&slots, policy));
            }
            fault::at(Point::AfterFence);
        }
        self.plan = Some(plan);
    }

    /// What is read in a transaction may be older than a creator at work, or never be committed.
    fn tell_creators(&mut self, analysis: &Analysis) {
        if self.ledger.open() == Open::No {
            self.outside_at = Moment::now();
        } else if creating::is_any() {
            let reads_only =
                |statement: &StatementFacts| statement.writes.is_empty() && statement.kind != Kind::Unknown;
            let clean = self.ledger.pending().is_empty() && analysis.statements().iter().all(reads_only);
            creating::reads_in_transaction(clean.then_some(self.outside_at));
        }
    }

    fn finish(&mut self, error: Option<&Error>) {
        if let (None, Some(verb)) = (error, self.defines.take()) {
            self.cache.catalog_changed(&verb);
        }
        let doubt = error.is_some_and(|error| backend::in_doubt(error, self.dialect));
        match (error, self.plan.take()) {
            (None, Some(plan)) => self.ledger.succeed(plan),
            (Some(_), Some(plan)) => self.ledger.fail(plan, !doubt),
            (_, None) => {}
        }
        if self.ledger.open() == Open::No {
            self.before = None;
        }
        for fence in self.fences.drain(..) {
            fault::at(Point::BeforeLift);
            if doubt {
                fence.doubt()
            } else {
                fence.lift()
            }
            fault::at(Point::AfterLift);
        }
    }

    /// What the text means; where the database is not known, what it may mean in any.
    fn analyse(&self, text: &str) -> Arc<Analysis> {
        match self.dialect {
            Some(dialect) => analyse_observed(text, dialect),
            None => Analysis::of_any(
                [Dialect::Sqlite, Dialect::Mysql, Dialect::Postgres].map(|dialect| analyse_observed(text, dialect)),
                text.contains('`'),
            ),
        }
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.dialect = backend::of_url(url),
            // What Diesel itself sets on every new connection is the same for all, and is not seen by those attached later.
            InstrumentationEvent::FinishEstablishConnection { .. } => self.ledger.forget_context(),
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

/// Is a transaction open that Diesel knows of? A connection whose transaction state is broken counts as in one.
pub(crate) fn has_transaction<Conn: Connection>(conn: &mut Conn) -> bool {
    match Conn::TransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.transaction_depth().is_some(),
        TransactionManagerStatus::InError => true,
    }
}
