//! Everything that is decided about a cached query before its region is asked: shared by every way to load it.

use std::borrow::Cow;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};

use super::options::Options;
use crate::Error;
use crate::cacheable::Layout;
use crate::entry::Entry;
use crate::event::{BypassReason, Event, Invalidation, MissReason, Tier};
use crate::fault::{self, Mutation, Point};
use crate::generation::{Slot, Stamp};
use crate::key::{CacheKey, KeyBackend, StatementRef, key_of, statement_of};
use crate::observe::{Observer, has_transaction};
use crate::region::{Accept, Boarding, Kind, Lead, Outcome, Region};
use crate::store::SessionStore;

/// A cached query, its key, and where to look for it.
pub(super) struct Plan<'a> {
    pub(super) options: &'a Options,
    pub(super) region: Region,
    pub(super) key: CacheKey,
    pub(super) statement: StatementRef,
    slots: Vec<Slot>,
    session: Option<Arc<SessionStore>>,
    /// In a transaction: what it has written so far.
    transaction: Option<Vec<Slot>>,
}

/// How a load goes on.
pub(super) enum Step {
    /// The cache answers.
    Hit(Arc<Entry>),
    /// The database answers, and its rows may be stored.
    Fill(Ticket),
    /// The database answers, and its rows are not stored.
    Query,
    /// The same, as a table is being written, or a write of it is in doubt.
    Fenced,
    /// Nobody answers: the cache has no rows, and the database must not be asked.
    NotFound,
}

/// Leave to store rows: with the stamp that was taken before they are read.
pub(super) struct Ticket {
    stamp: Stamp,
    /// Who waits for the rows.
    lead: Option<Lead>,
}

impl<'a> Plan<'a> {
    /// Works out the key and the region.
    ///
    /// # Errors
    ///
    /// Misuse, as a `QueryBuilderError` around an [`Error`]; and whatever keeps Diesel from rendering the query.
    pub(super) fn new<Q, Conn>(query: &Q, options: &'a Options, conn: &mut Conn) -> QueryResult<Self>
    where
        Conn: Connection,
        Conn::Backend: KeyBackend,
        Q: QueryFragment<Conn::Backend> + QueryId,
    {
        let transaction = has_transaction(conn);
        let observer = Observer::of(conn).ok_or(Error::NotAttached)?;
        observer.know_backend::<Conn::Backend>();
        let transaction = (transaction || observer.in_transaction()).then(|| observer.written());
        let region = observer.cache().resolve(&options.region)?;
        let session = observer.session().cloned();
        let space = key_space(&region.namespace, observer.context());
        let statement = statement_of::<Q, Conn::Backend>(query)?;
        statement.check(options.raw)?;
        let key = key_of::<Q, Conn::Backend>(query, &statement, &space, options.key.as_deref())?;
        let slots = region.context.read_slots(
            &region.namespace,
            region.name(),
            key,
            statement.reads(),
            &options.depends_on,
        );
        Ok(Self {
            options,
            region,
            key,
            statement,
            slots,
            session,
            transaction,
        })
    }

    /// Looks for rows that may be returned, and decides how the load goes on.
    pub(super) fn begin(&self, layout: Layout) -> Step {
        match self.bypass() {
            Some(reason) => {
                self.tell(|region| Event::Bypass { region, reason });
                return self.ask();
            }
            // Who may not ask has nothing to put in the entry's place.
            None if self.options.refresh && self.options.only_if_cached => self.miss(MissReason::Refresh),
            None if self.options.refresh => {
                // Entries that others hold of this query are older than what comes now.
                self.region.context.generations.bump(&[self.key_slot()]);
                self.miss(MissReason::Refresh);
            }
            None => match self.find(Some(layout), self.options.ignore_expiration) {
                Outcome::Hit(entry, tier) => return self.hit(entry, tier),
                Outcome::Miss(reason) => self.miss(reason),
            },
        }
        self.fill(layout)
    }

    /// How the load goes on when a hit's rows could not be decoded.
    pub(super) fn corrupt(&self) -> Step {
        self.miss(MissReason::Corrupt);
        match self.region.context.generations.stamp(self.slots.iter().copied()) {
            Some(stamp) if self.transaction.is_none() && !self.options.only_if_cached => {
                Step::Fill(Ticket { stamp, lead: None })
            }
            _ => self.ask(),
        }
    }

    /// The database's turn, with leave to store its rows; or another caller's rows, if one is asking already.
    fn fill(&self, layout: Layout) -> Step {
        if self.options.only_if_cached || self.transaction.is_some() {
            return self.ask();
        }
        let lead = if self.options.refresh {
            None
        } else {
            let accept = self.accept(Some(layout), self.options.ignore_expiration);
            match self.region.state.board(&self.region.context, &accept) {
                Boarding::Hit(entry, tier) => return self.hit(entry, tier),
                Boarding::Lead(lead) => Some(lead),
                Boarding::Alone => None,
            }
        };
        // The stamp comes before the query: what changes from here on makes the rows stale.
        match self.region.context.generations.stamp(self.slots.iter().copied()) {
            Some(stamp) => Step::Fill(Ticket { stamp, lead }),
            None => {
                self.tell(|region| Event::Bypass {
                    region,
                    reason: BypassReason::BeingWritten,
                });
                Step::Fenced
            }
        }
    }

    /// Stores rows, unless something they came from has changed since the stamp was taken.
    ///
    /// Returns the entry all the same: the caller's own load may have begun before the change.
    pub(super) fn finish(&self, ticket: Ticket, layout: Layout, rows: Vec<u8>, empty: bool) -> Arc<Entry> {
        let Region { context, state, .. } = &self.region;
        let time_to_live = self.options.time_to_live.or(state.settings().time_to_live);
        let Ticket { stamp, lead } = ticket;
        let stamp = match fault::is_mutated(Mutation::StampAfterQuery) {
            true => context.generations.stamp(self.slots.iter().copied()).unwrap_or(stamp),
            false => stamp,
        };
        let valid = context.generations.is_valid(&stamp);
        fault::at(Point::BeforeStore);
        let entry = Entry::new(self.key, layout, context.now(), time_to_live, stamp, rows);
        let entry = if !valid {
            self.tell(|region| Event::Refused { region, key: self.key });
            Arc::new(entry)
        } else if empty && self.options.skip_empty {
            Arc::new(entry)
        } else {
            let entry = state.store(context, self.session.as_deref(), entry);
            fault::at(Point::AfterStore);
            entry
        };
        if let Some(lead) = lead {
            lead.land(&entry);
        }
        entry
    }

    /// Rows could not be encoded, and are not stored.
    pub(super) fn not_encoded(&self, error: &impl ToString) {
        let error = error.to_string().into();
        self.tell(|region| Event::WriteFailed {
            region,
            key: Some(self.key),
            error,
        });
    }

    /// What the region holds for the query, fresh or not.
    pub(super) fn peek(&self, layout: Option<Layout>) -> Option<(Arc<Entry>, Tier)> {
        match self.find(layout, true) {
            Outcome::Hit(entry, tier) => Some((entry, tier)),
            Outcome::Miss(_) => None,
        }
    }

    /// Removes the entry, in every process; was there one that could have served?
    pub(super) fn invalidate(&self) -> bool {
        let hit = self.peek(None).is_some();
        let Region { context, state, .. } = &self.region;
        // First the slot: a fill in flight is refused from here on, and other processes' copies are stale.
        context.generations.bump(&[self.key_slot()]);
        state.remove(context, self.session.as_deref(), self.key);
        self.tell(|region| Event::Invalidated {
            what: Invalidation::Query {
                region,
                key: self.key,
                hit,
            },
        });
        hit
    }

    fn find(&self, layout: Option<Layout>, ignore_expiration: bool) -> Outcome {
        let accept = self.accept(layout, ignore_expiration);
        self.region
            .state
            .find(&self.region.context, self.session.as_deref(), &accept)
    }

    fn accept(&self, layout: Option<Layout>, ignore_expiration: bool) -> Accept<'_> {
        let max_age = self.options.time_to_live;
        Accept {
            key: self.key,
            layout,
            slots: &self.slots,
            max_age,
            ignore_expiration,
        }
    }

    fn bypass(&self) -> Option<BypassReason> {
        match self.region.state.kind() {
            Kind::Null => Some(BypassReason::NullRegion),
            Kind::Session if self.session.is_none() => Some(BypassReason::NoSession),
            _ => match &self.transaction {
                Some(written)
                    if !self.options.in_transaction || written.iter().any(|slot| self.slots.contains(slot)) =>
                {
                    Some(BypassReason::Transaction)
                }
                _ => None,
            },
        }
    }

    /// The database's turn, if it may be asked at all.
    fn ask(&self) -> Step {
        if self.options.only_if_cached {
            Step::NotFound
        } else {
            Step::Query
        }
    }

    fn key_slot(&self) -> Slot {
        Slot::key(self.key.as_bytes())
    }

    fn hit(&self, entry: Arc<Entry>, tier: Tier) -> Step {
        let key = self.key;
        self.tell(|region| Event::Hit { region, key, tier });
        Step::Hit(entry)
    }

    fn miss(&self, reason: MissReason) {
        self.tell(|region| Event::Miss {
            region,
            key: self.key,
            reason,
        });
    }

    fn tell(&self, event: impl FnOnce(Arc<str>) -> Event) {
        let Region { context, state, .. } = &self.region;
        context.listeners.tell(|| event(Arc::clone(state.shared_name())));
    }
}

/// What keys hold as the namespace: with the connection's own settings, if it has any.
fn key_space<'a>(namespace: &'a str, context: &str) -> Cow<'a, str> {
    if context.is_empty() {
        namespace.into()
    } else {
        format!("{namespace}\u{0}{context}").into()
    }
}
