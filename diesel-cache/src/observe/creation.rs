//! Creating an observer: for a connection that is attached, or for one that is about to be established.

use std::sync::Arc;

use diesel::connection::Instrumentation;

use super::chooser::Chooser;
use super::in_flight::InFlight;
use super::instrumentation::CacheInstrumentation;
use super::observer::{Interface, KnownShapes, Observer};
use super::reach::Reach;
use super::transaction::{Open, TransactionState};
use crate::Cache;
use crate::creator::Moment;
use crate::footprint::WrittenSlotsMemo;
use crate::sql::Dialect;

impl Observer {
    /// Creates an observer for this connection. If the connection has one already, the new one takes over its state.
    pub(crate) fn for_connection<World, Conn>(
        cache: Cache,
        forward: Option<Box<dyn Instrumentation>>,
        conn: &mut Conn,
    ) -> Self
    where
        Conn: Reach<World>,
    {
        let mut observer = Self::new(cache, forward, Dialect::of_backend::<Conn::DB>());
        let unseen = conn.has_transaction();
        match CacheInstrumentation::of(conn) {
            Some(CacheInstrumentation::Attached(old)) => observer.succeed(old),
            Some(CacheInstrumentation::Unattached(old)) => {
                if observer.dialect.is_none() {
                    (observer.dialect, observer.is_guess) = old.dialect();
                }
                match old.home() {
                    _ if unseen => observer.transaction = TransactionState::unseen(),
                    Some(home) => observer.transaction.begin_at(home),
                    None => {}
                }
            }
            Some(CacheInstrumentation::Opening(_)) | None if unseen => {
                observer.transaction = TransactionState::unseen();
            }
            Some(CacheInstrumentation::Opening(_)) | None => {}
        }
        observer.is_async = Some(Conn::ASYNC);
        observer.interface = Some(match Conn::ASYNC {
            true => Interface::Async,
            false => Interface::Blocking,
        });
        observer
    }

    /// Takes over the state of the connection's previous observer.
    fn succeed(&mut self, old: &mut Self) {
        old.assume_exclusive();
        if self.dialect.is_none() {
            (self.dialect, self.is_guess) = (old.dialect, old.is_guess);
        }
        self.is_new = old.is_new;
        if old.transaction.open() != Open::No {
            let mut before = old.others();
            before.push(old.cache.clone());
            before.retain(|cache| !cache.is(&self.cache));
            self.before = before;
        }
        self.transaction = std::mem::take(&mut old.transaction);
        self.in_flight = std::mem::take(&mut old.in_flight);
        self.unfinished = old.unfinished;
        self.changes = old.changes;
        self.outside_at = old.outside_at;
        self.identity = old.identity;
    }

    /// Creates an observer for a connection that is about to be established and will report its URL.
    pub(crate) fn for_new_connection(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        let mut observer = Self::new(cache, forward, None);
        observer.is_new = true;
        observer
    }

    /// Creates an observer for a new connection whose namespace could not be chosen.
    pub(super) fn for_unplaced_connection(chooser: Arc<Chooser>) -> Self {
        let mut observer = Self::for_new_connection(chooser.cache().clone(), None);
        observer.unplaced = Some(chooser);
        observer
    }

    fn new(cache: Cache, forward: Option<Box<dyn Instrumentation>>, dialect: Option<Dialect>) -> Self {
        Self {
            cache,
            before: Vec::new(),
            unplaced: None,
            forward,
            sessions: Vec::new(),
            dialect,
            is_guess: false,
            home: None,
            is_async: None,
            has_seen_an_end: false,
            is_new: false,
            transaction: TransactionState::default(),
            in_flight: InFlight::default(),
            unfinished: 0,
            changes: 0,
            identity: None,
            own_statement: None,
            buffer: String::new(),
            written_slots_memo: WrittenSlotsMemo::default(),
            shapes: KnownShapes::default(),
            outside_at: Moment::default(),
            idle_at: Moment::now(),
            lag: None,
            interface: None,
        }
    }
}
