//! Storing rows. The permission to store ([`Ticket`]) is taken before the rows are read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::expiry::expires_at;
use super::flight::{Holding, Lead};
use super::freshness::Staleness;
use super::miss::Miss;
use super::probe::Probe;
use super::request::Request;
use super::spec::Access;
use super::unchanged::Unchanged;
use crate::cacheable::Layout;
use crate::entry::{Entry, Header};
use crate::event::{BypassReason, MissReason, RefusalReason, Tier};
use crate::fault::{self, Mutation, Point};
use crate::footprint::table_of;
use crate::generation::{Stamp, Unstamped};
use crate::wait::{Wait, may_block};

/// The next step of a load.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(crate) enum Step {
    /// The cache answers.
    Hit(Arc<Entry>),
    /// The caller queries, and its rows may be stored.
    Fill(Ticket),
    /// The caller queries, and its rows are not stored.
    Query,
    /// Like [`Query`](Self::Query): a table is being written, or a write of it is in doubt.
    Fenced,
    /// The cache has no rows, and the caller must not query.
    NotFound,
}

impl Step {
    /// Returns the permission to store, if there is one.
    pub(crate) fn ticket(self) -> Option<Ticket> {
        match self {
            Self::Fill(ticket) => Some(ticket),
            Self::Hit(_) | Self::Query | Self::Fenced | Self::NotFound => None,
        }
    }
}

/// The permission to store rows, with the stamp that was taken before they are read.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) stamp: Stamp,
    soft: u64,
    started: Instant,
    /// The number of entries that the caller's query fills.
    shares: u32,
    /// The flight whose waiters get the rows.
    pub(crate) lead: Option<Lead>,
    /// The entry that may serve if the query fails.
    fallback: Option<Arc<Entry>>,
    /// Whether the entry must reach the shared tier before the caller returns.
    writes_through: bool,
    /// For how long, when the stamp was taken, nothing had changed on which the rows depend.
    unchanged: Unchanged,
    /// How far the database from which the rows are read may be behind its primary; zero unless it is a replica.
    lag: Duration,
}

impl Ticket {
    /// Records that the caller has taken a connection, and queries from now on.
    pub(crate) fn connected(&mut self) {
        if let Some(lead) = &mut self.lead {
            lead.connected();
        }
    }

    /// Records that the rows are read from a replica that may be behind by `lag`. If they may be older than the stamp
    /// says, the caller gives up its lead, and its waiters query for themselves.
    pub(crate) fn read_from_replica(&mut self, lag: Duration) {
        self.lag = self.lag.max(lag);
        if !self.unchanged.may_be(self.lag)
            && let Some(mut lead) = self.lead.take()
        {
            lead.begin_query();
        }
    }

    /// Returns `false` if the rows were read from a replica and may be older than the stamp says, because something on
    /// which they depend was written within the lag.
    pub(crate) fn is_current(&self, empty: bool) -> bool {
        self.unchanged.of(empty) >= self.lag || fault::is_mutated(Mutation::ReplicaLag)
    }

    /// Gives the permission back, because there will be no rows. The waiters query for themselves.
    pub(crate) fn fail(mut self) {
        if let Some(lead) = &mut self.lead {
            lead.begin_query();
        }
    }

    /// Records that the query begins now and fills this many entries. Each entry records an equal share of the query's
    /// time as its cost.
    pub(crate) fn share(&mut self, entries: usize) {
        self.started = Instant::now();
        self.shares = u32::try_from(entries).unwrap_or(u32::MAX).max(1);
    }

    /// Makes the caller wait until its rows are in the shared tier.
    pub(crate) fn writing_through(mut self) -> Self {
        self.writes_through = true;
        self
    }
}

impl Request {
    /// Takes the permission to store rows. The caller then queries.
    pub(crate) fn fill(&self, lead: Option<Lead>, fallback: Option<Arc<Entry>>) -> Step {
        let generations = &self.core().context.generations;
        if may_block() && generations.is_history_due() {
            generations.record_history();
        }
        let soft = self.soft_generation();
        self.fill_under(soft, self.stamp(), lead, fallback)
    }

    /// Returns the region's soft generation. Call it before [`stamp`](Self::stamp), so that a soft invalidation between
    /// the two makes the rows stale, and not fresh.
    pub(super) fn soft_generation(&self) -> u64 {
        let generations = &self.core().context.generations;
        generations.generation(self.scope.slots.soft).unwrap_or_default()
    }

    /// Takes the stamp of everything on which the entry depends. Call it before the query, so that every later change
    /// invalidates the rows.
    pub(super) fn stamp(&self) -> Result<Stamp, Unstamped> {
        let stamp = self.core().context.generations.stamp(self.entry.slots())?;
        match &self.entry.requirements.rows {
            // Some writers may not know yet that this shape is in use, or the table's definition has changed.
            Some(rows) if !rows.permits(&stamp) => Err(Unstamped::Fenced),
            _ => Ok(stamp),
        }
    }

    /// Takes the permission to store rows under a stamp, if there is one.
    pub(super) fn fill_under(
        &self,
        soft: u64,
        stamp: Result<Stamp, Unstamped>,
        mut lead: Option<Lead>,
        fallback: Option<Arc<Entry>>,
    ) -> Step {
        if let Some(lead) = &mut lead
            && self.holding == Holding::Connection
        {
            lead.begin_query();
        }
        match stamp {
            Ok(stamp) => {
                let mut ticket = Ticket {
                    unchanged: self.unchanged_for(&stamp, soft),
                    stamp,
                    soft,
                    started: Instant::now(),
                    shares: 1,
                    lead,
                    fallback,
                    writes_through: false,
                    lag: Duration::ZERO,
                };
                if let Access::Replica(lag) = self.access {
                    ticket.read_from_replica(lag);
                }
                Step::Fill(ticket)
            }
            Err(Unstamped::Fenced | Unstamped::MustBlock) => {
                self.core().record.bypass(self.statement(), BypassReason::BeingWritten);
                Step::Fenced
            }
            #[cfg(feature = "redis")]
            Err(Unstamped::NoLease) => {
                self.core().record.bypass(self.statement(), BypassReason::NoLease);
                Step::Fenced
            }
        }
    }

    /// Returns for how long nothing has changed on which rows with this stamp depend. Call it before the query.
    pub(super) fn unchanged_for(&self, stamp: &Stamp, soft: u64) -> Unchanged {
        let soft = (self.scope.slots.soft, soft);
        let rows = self.entry.requirements.rows.as_ref();
        Unchanged::new(&self.core().context.generations, stamp, soft, rows)
    }

    /// Returns the next step of a load that has found an entry whose rows cannot be decoded.
    pub(crate) fn corrupt(&self) -> Step {
        self.miss(MissReason::Corrupt);
        if self.may_store() {
            self.fill(None, None)
        } else {
            self.without_storing()
        }
    }

    /// Lets the caller query without storing, if it may query at all.
    pub(super) fn without_storing(&self) -> Step {
        if self.options.only_if_cached {
            Step::NotFound
        } else {
            Step::Query
        }
    }

    /// Records a miss.
    pub(super) fn miss(&self, miss: impl Into<Miss>) {
        let (miss, statement) = (miss.into(), self.statement());
        let written = |slot| table_of(self.scope.reader(), statement?.reads(), slot);
        let record = &self.core().record;
        record.miss(statement, self.entry.key, miss, miss.slot.and_then(written));
    }

    /// Returns the stale but valid entry that may be served if the query has failed.
    pub(crate) fn rescue(&self, ticket: &Ticket) -> Option<Arc<Entry>> {
        let entry = ticket.fallback.as_ref()?;
        let valid = matches!(
            self.judge(Arc::clone(entry), Tier::Memory),
            Probe::Fresh(..) | Probe::Stale(_, _, Staleness { if_error: true, .. })
        );
        valid.then(|| {
            self.core().record.stale_hit(self.statement(), entry, Tier::Memory);
            Arc::clone(entry)
        })
    }

    /// Stores rows, unless something that they depend on has changed since the stamp was taken.
    ///
    /// Returns the entry in any case, since the caller's own load may have begun before the change.
    pub(crate) async fn finish<W: Wait>(
        &self,
        wait: &W,
        ticket: Ticket,
        layout: Layout,
        rows: Vec<u8>,
        empty: bool,
    ) -> Arc<Entry> {
        let core = self.core();
        let (settings, generations) = (&core.settings, &core.context.generations);
        let current = ticket.is_current(empty);
        let stamp = match fault::is_mutated(Mutation::StampAfterQuery) {
            true => self.stamp().ok(),
            false => None,
        };
        let mut stamp = stamp.unwrap_or(ticket.stamp);
        if let Some(rows) = self.entry.requirements.rows.as_ref().filter(|_| !empty) {
            stamp.forget(&rows.inserted);
        }
        let valid = generations.is_valid(&stamp);
        fault::at(Point::BeforeStore);
        let (key, stored_at) = (self.entry.key, core.context.now());
        let time_to_live = self.options.time_to_live.or(settings.time_to_live);
        let header = Header {
            key,
            layout,
            stored_at,
            expires_at: expires_at(key, stored_at, time_to_live, settings.jitter.unwrap_or(0.0)),
            soft: ticket.soft,
            cost: (ticket.started.elapsed() / ticket.shares).into(),
            stamp,
        };
        let entry = Arc::new(Entry::new(
            self.entry.memory_key.clone(),
            self.entry.key_slot,
            header,
            rows,
        ));
        if let Some(footprint) = self.entry.requirements.footprint {
            entry.note_cover(footprint.get());
        }
        let outweighs = |entry| core.backing.as_ref().is_some_and(|backing| backing.outweighs(entry));
        let refusal = if !valid {
            Some(RefusalReason::Invalidated)
        } else if !current {
            Some(RefusalReason::ReplicaLag)
        } else if settings.max_entry_size.is_some_and(|max| entry.len() as u64 > max) || outweighs(&entry) {
            Some(RefusalReason::TooLarge)
        } else {
            None
        };
        if let Some(reason) = refusal {
            core.record.refused(self.statement(), key, reason);
        }
        let kept = refusal.is_none() && !(empty && self.options.skip_empty);
        if kept {
            core.record.kept(self.statement(), &entry);
            core.front.put(self.session.as_deref(), &entry);
        }
        // Rows that may be older than the stamp says are not given to the waiters, which would judge them by the stamp.
        if let Some(lead) = &ticket.lead
            && current
        {
            lead.complete(&entry);
        }
        if kept {
            self.store_shared(wait, &entry, ticket.lead, ticket.writes_through)
                .await;
            fault::at(Point::AfterStore);
        }
        entry
    }

    /// Passes an entry to the shared tier, together with the lead's lock, so that other processes wait until they can
    /// find the entry.
    async fn store_shared<W: Wait>(&self, wait: &W, entry: &Arc<Entry>, lead: Option<Lead>, writes_through: bool) {
        let Some(backing) = &self.core().backing else {
            self.core().record.stored(entry);
            return;
        };
        let queued = match writes_through {
            true => Err(lead),
            false => backing.store_behind(entry, lead),
        };
        if let Err(lead) = queued {
            let (backing, entry) = (Arc::clone(backing), Arc::clone(entry));
            wait.blocking(move || {
                backing.store(&entry);
                drop(lead);
            })
            .await;
        }
    }

    /// Records that the caller has queried, and how long the database took to answer.
    pub(crate) fn queried(&self, took: Duration) {
        self.core().record.queried(self.statement(), took);
    }

    /// Records that the rows of this load will be returned, and not stored.
    pub(crate) fn refused(&self, reason: RefusalReason) {
        self.core().record.refused(self.statement(), self.entry.key, reason);
    }

    /// Records that rows could not be encoded, and are not stored.
    pub(crate) fn not_encoded(&self, error: &impl ToString) {
        let record = &self.core().record;
        record.write_failed(Some(self.entry.key), &error.to_string());
    }
}
