//! Storing rows. The permission to store ([`Ticket`]) is taken before the rows are read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::expiry::expires_at;
use super::flight::{Holding, Lead};
use super::request::Request;
use super::spec::Access;
use super::ticket::{Step, Ticket};
use super::unchanged::Unchanged;
use crate::cacheable::Layout;
use crate::entry::{Entry, Header};
use crate::event::{BypassReason, RefusalReason};
use crate::fault::{self, Mutation, Point};
use crate::generation::{Stamp, Unstamped};
use crate::wait::{Wait, may_block, off_task};

impl Request {
    /// Takes a snapshot of the generations, if replicas need one.
    pub(super) async fn record_history<W: Wait>(&self, wait: &W) {
        if self.core().cache.generations.is_history_due() {
            let cache = Arc::clone(&self.core().cache);
            wait.blocking(move || off_task(|| cache.generations.record_history()))
                .await;
        }
    }

    /// Takes the permission to store rows. Fences that are in the way are inspected first, because their writers may be
    /// dead.
    pub(super) async fn take_ticket<W: Wait>(
        self: &Arc<Self>,
        wait: &W,
        lead: Option<Lead>,
        fallback: Option<Arc<Entry>>,
    ) -> Step {
        self.record_history(wait).await;
        let mut taken = (self.soft_generation(), self.stamp());
        if taken.1 == Err(Unstamped::MustBlock) {
            let this = Arc::clone(self);
            // Both are read again, because another file of generations may have been mapped meanwhile. `off_task` is
            // for a blocking caller that was called within a step of a task.
            let take = move || off_task(|| (this.soft_generation(), this.stamp()));
            taken = wait.blocking(take).await;
        }
        let (soft, stamp) = taken;
        self.ticket_under(soft, stamp, lead, fallback)
    }

    /// Like [`take_ticket`](Self::take_ticket), for a caller that waits for nothing.
    pub(crate) fn take_ticket_now(&self, lead: Option<Lead>, fallback: Option<Arc<Entry>>) -> Step {
        let generations = &self.core().cache.generations;
        if may_block() && generations.is_history_due() {
            generations.record_history();
        }
        let soft = self.soft_generation();
        self.ticket_under(soft, self.stamp(), lead, fallback)
    }

    /// Returns the region's soft generation. Call it before [`stamp`](Self::stamp), so that a soft invalidation between
    /// the two makes the rows stale, and not fresh.
    pub(super) fn soft_generation(&self) -> u64 {
        let generations = &self.core().cache.generations;
        generations.generation(self.scope.slots.soft).unwrap_or_default()
    }

    /// Takes the stamp of everything on which the entry depends. Call it before the query, so that every later change
    /// invalidates the rows.
    pub(super) fn stamp(&self) -> Result<Stamp, Unstamped> {
        let stamp = self.core().cache.generations.stamp(self.entry.slots())?;
        match &self.entry.requirements.rows {
            // Some writers may not know yet that this shape is in use, or the table's definition has changed.
            Some(rows) if !rows.permits(&stamp) => Err(Unstamped::Fenced),
            _ => Ok(stamp),
        }
    }

    /// Takes the permission to store rows under a stamp, if there is one.
    pub(super) fn ticket_under(
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

    /// Returns how long ago anything last changed that rows with this stamp depend on. Call it before the query.
    pub(super) fn unchanged_for(&self, stamp: &Stamp, soft: u64) -> Unchanged {
        let soft = (self.scope.slots.soft, soft);
        let rows = self.entry.requirements.rows.as_ref();
        Unchanged::new(&self.core().cache.generations, stamp, soft, rows)
    }

    /// Stores rows, unless something that they depend on has changed since the stamp was taken.
    ///
    /// Returns the entry in any case, since the caller's own load may have begun before the change.
    pub(crate) async fn store<W: Wait>(
        &self,
        wait: &W,
        ticket: Ticket,
        layout: Layout,
        rows: Vec<u8>,
        empty: bool,
    ) -> Arc<Entry> {
        let core = self.core();
        let (settings, generations) = (&core.settings, &core.cache.generations);
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
        let (key, stored_at) = (self.entry.key, core.cache.now());
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
}
