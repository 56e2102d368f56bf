//! One load, after the first look into memory ([`probe`](super::probe)): the decisions and their order, to the rows, or
//! to the permission to store them ([`Ticket`]).
//!
//! Callers supply a [`Wait`], query for the rows, and report the outcome. The engine does everything else.

use std::sync::Arc;

use super::flight::Lead;
use super::freshness::Staleness;
use super::lead::LeadAttempt;
use super::probe::{FirstProbe, Probe};
use super::request::Request;
use super::search::ProbeResult;
use super::spec::Access;
use super::ticket::{Step, Ticket};
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::generation::Unstamped;
use crate::wait::{Wait, off_task};

/// The result of the first search.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(super) enum Searched {
    Decided(Step),
    /// There is nothing that may be returned now. An old entry may be served if the query fails.
    Missing(Option<Arc<Entry>>),
}

impl Request {
    /// Looks for rows that may be returned, in the tiers that were not read yet, and decides how the load goes on.
    pub(crate) async fn begin<W: Wait>(self: &Arc<Self>, wait: &W, first: FirstProbe) -> Step {
        self.core().record.began(self.statement());
        if self.options.refresh && !matches!(self.access, Access::Bypass(_)) {
            return self.refresh(wait).await;
        }
        match self.search(wait, first).await {
            Searched::Decided(step) => step,
            Searched::Missing(fallback) => self.join_flight(wait, fallback).await,
        }
    }

    /// Looks for rows that may be returned, and records the hit, the miss or the bypass.
    pub(super) async fn search<W: Wait>(self: &Arc<Self>, wait: &W, first: FirstProbe) -> Searched {
        if let Access::Bypass(reason) = self.access {
            self.core().record.bypass(self.statement(), reason);
            return Searched::Decided(self.without_storing());
        }
        match self.probe(wait, first).await {
            Probe::Fresh(entry, tier) => Searched::Decided(self.hit(wait, entry, tier).await),
            Probe::Stale(entry, tier, staleness) if staleness.while_revalidate => {
                Searched::Decided(self.revalidate(wait, entry, tier, staleness).await)
            }
            Probe::Unconfirmed(entry, tier) => Searched::Decided(self.unconfirmed_hit(wait, entry, tier).await),
            Probe::Stale(entry, _, staleness) => {
                self.miss(staleness.reason);
                Searched::Missing(staleness.if_error.then_some(entry))
            }
            Probe::Miss(miss) => {
                self.miss(miss);
                Searched::Missing(None)
            }
        }
    }

    /// Lets the caller query, and invalidates the entries of this query in all processes.
    async fn refresh<W: Wait>(self: &Arc<Self>, wait: &W) -> Step {
        // A caller that must not query cannot replace the entry.
        if !self.options.only_if_cached {
            let (cache, key) = (Arc::clone(&self.core().cache), self.entry.key_slot);
            wait.blocking(move || cache.generations.bump(&[key])).await;
        }
        self.miss(MissReason::Refresh);
        if self.may_store() {
            self.begin_fill(wait, None, None).await
        } else {
            self.without_storing()
        }
    }

    /// Looks into memory, unless `first` is the result of that, and then into the shared tier. A failure is recorded,
    /// and counts as a miss.
    async fn probe<W: Wait>(self: &Arc<Self>, wait: &W, FirstProbe(first): FirstProbe) -> Probe {
        let in_memory = first.unwrap_or_else(|| self.peek_memory());
        if self.core().backing.is_none() || in_memory.is_best() {
            return in_memory;
        }
        let this = Arc::clone(self);
        let ProbeResult { probe, error } = wait.blocking(move || this.probe_shared(in_memory)).await;
        if let Some(error) = error {
            self.core().record.read_failed(self.entry.key, &error);
        }
        probe
    }

    /// Answers with a stale entry if another caller queries. Otherwise lets this caller query.
    async fn revalidate<W: Wait>(
        self: &Arc<Self>,
        wait: &W,
        entry: Arc<Entry>,
        tier: Tier,
        staleness: Staleness,
    ) -> Step {
        self.record_history(wait).await;
        let attempt = match self.may_store() && self.may_be_current() {
            true => self.try_lead(wait).await,
            false => LeadAttempt::Busy(None),
        };
        match attempt {
            LeadAttempt::Busy(_) | LeadAttempt::Ahead => {
                self.core().record.stale_hit(self.statement(), &entry, tier);
                Step::Hit(entry)
            }
            LeadAttempt::Hit(entry, tier) => self.hit(wait, entry, tier).await,
            LeadAttempt::Lead(lead) => {
                self.miss(staleness.reason);
                let fallback = staleness.if_error.then_some(entry);
                match self.begin_fill(wait, Some(lead), fallback).await {
                    // No other caller waits for these rows, so the entry must reach the shared tier before the call
                    // returns.
                    Step::Fill(ticket) => Step::Fill(ticket.writing_through()),
                    step => step,
                }
            }
        }
    }

    /// Records a hit, and the use of its entry.
    pub(super) async fn hit<W: Wait>(&self, wait: &W, entry: Arc<Entry>, tier: Tier) -> Step {
        self.note_use(wait, &entry).await;
        self.core().record.hit(self.statement(), &entry, tier);
        Step::Hit(entry)
    }

    /// Records a stale hit on an entry that nobody can replace now, and notes its use.
    async fn unconfirmed_hit<W: Wait>(&self, wait: &W, entry: Arc<Entry>, tier: Tier) -> Step {
        self.note_use(wait, &entry).await;
        self.core().record.stale_hit(self.statement(), &entry, tier);
        Step::Hit(entry)
    }

    async fn note_use<W: Wait>(&self, wait: &W, entry: &Entry) {
        let core = self.core();
        if let Some(uses) = core.uses {
            let now = core.cache.now();
            if uses.mark_or_claim_note(entry, now)
                && let Some(backing) = &core.backing
            {
                let (backing, key) = (Arc::clone(backing), self.entry.key);
                wait.blocking(move || backing.note(&key, now)).await;
            }
        }
    }

    /// Takes the permission to store once more, after the caller has settled the doubt about a fence that it met.
    pub(crate) async fn again<W: Wait>(self: &Arc<Self>, wait: &W) -> Step {
        self.begin_fill(wait, None, None).await
    }

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
    pub(super) async fn begin_fill<W: Wait>(
        self: &Arc<Self>,
        wait: &W,
        lead: Option<Lead>,
        fallback: Option<Arc<Entry>>,
    ) -> Step {
        self.record_history(wait).await;
        let mut terms = (self.soft_generation(), self.stamp());
        if terms.1 == Err(Unstamped::MustBlock) {
            let this = Arc::clone(self);
            // Both are read again, because another file of generations may have been mapped meanwhile. `off_task` is
            // for a blocking caller that was called within a step of a task.
            let take = move || off_task(|| (this.soft_generation(), this.stamp()));
            terms = wait.blocking(take).await;
        }
        let (soft, stamp) = terms;
        self.fill_under(soft, stamp, lead, fallback)
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
}
