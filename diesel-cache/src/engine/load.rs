//! One load, after the first look into memory ([`probe`](super::probe)): the decisions and their order, to the rows, or
//! to the permission to store them ([`fill`](super::fill)).
//!
//! Callers supply a [`Wait`], query for the rows, and report the outcome. The engine does everything else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fill::Step;
use super::flight::{Flight, FlightOutcome, Lead, Role};
use super::freshness::Staleness;
use super::probe::{FirstProbe, Probe};
use super::request::{ProbeResult, Request};
use super::spec::Access;
use crate::config::RegionKind;
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::fault::{self, Mutation};
use crate::generation::Unstamped;
use crate::wait::{Wait, off_task};

/// The first pause between two attempts to lock a key that another process has locked. Each is twice as long as the one
/// before.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_micros(200);
/// The longest such pause.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// The result of the first search.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(super) enum Opening {
    Decided(Step),
    /// There is nothing that may be returned now. An old entry may be served if the query fails.
    Missing(Option<Arc<Entry>>),
}

/// The outcome of an attempt to lead without waiting.
pub(super) enum LeadAttempt {
    Lead(Lead),
    /// Another caller has just stored the rows.
    Hit(Arc<Entry>, Tier),
    /// Another caller queries: in this process, where its flight can be awaited, or in another.
    Busy(Option<Arc<Flight>>),
    /// Another caller leads, but has no connection yet. This one has a connection, so it does not wait.
    Ahead,
}

/// The outcome of waiting for another caller's query.
pub(super) enum Landing {
    /// The leader's entry answers this caller, too.
    Serves(Arc<Entry>, Tier),
    /// The caller joins again, because the leader resigned, or its query began before a write that this caller has to
    /// see.
    Again,
    /// The caller queries for itself.
    Alone,
}

/// The state of a leader that has tried to lock its key against other processes.
struct LeadClaim {
    lead: Lead,
    /// Whether no other process queries.
    free: bool,
    probe: Probe,
}

impl Request {
    /// Looks for rows that may be returned, in the tiers that were not read yet, and decides how the load goes on.
    pub(crate) async fn begin<W: Wait>(self: &Arc<Self>, wait: &W, first: FirstProbe) -> Step {
        self.core().record.began(self.statement());
        if self.options.refresh && !matches!(self.access, Access::Bypass(_)) {
            return self.refresh(wait).await;
        }
        match self.open(wait, first).await {
            Opening::Decided(step) => step,
            Opening::Missing(fallback) => self.join_flight(wait, fallback).await,
        }
    }

    /// Looks for rows that may be returned, and records the hit, the miss or the bypass.
    pub(super) async fn open<W: Wait>(self: &Arc<Self>, wait: &W, first: FirstProbe) -> Opening {
        if let Access::Bypass(reason) = self.access {
            self.core().record.bypass(self.statement(), reason);
            return Opening::Decided(self.without_storing());
        }
        match self.probe(wait, first).await {
            Probe::Fresh(entry, tier) => Opening::Decided(self.hit(wait, entry, tier).await),
            Probe::Stale(entry, tier, staleness) if staleness.while_revalidate => {
                Opening::Decided(self.revalidate(wait, entry, tier, staleness).await)
            }
            Probe::Unconfirmed(entry, tier) => Opening::Decided(self.unconfirmed_hit(wait, entry, tier).await),
            Probe::Stale(entry, _, staleness) => {
                self.miss(staleness.reason);
                Opening::Missing(staleness.if_error.then_some(entry))
            }
            Probe::Miss(miss) => {
                self.miss(miss);
                Opening::Missing(None)
            }
        }
    }

    /// Lets the caller query, and invalidates the entries of this query in all processes.
    async fn refresh<W: Wait>(self: &Arc<Self>, wait: &W) -> Step {
        // A caller that must not query cannot replace the entry.
        if !self.options.only_if_cached {
            let (context, key) = (Arc::clone(&self.core().context), self.entry.key_slot);
            wait.blocking(move || context.generations.bump(&[key])).await;
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

    /// Joins the callers that miss this key: waits for the rows of another, or becomes the one that queries.
    async fn join_flight<W: Wait>(self: &Arc<Self>, wait: &W, fallback: Option<Arc<Entry>>) -> Step {
        if !self.may_store() {
            return self.without_storing();
        }
        let Some(timeout) = self.patience() else {
            return self.begin_fill(wait, None, fallback).await;
        };
        // `None` if the deadline is later than any time that the clock can express.
        let deadline = Instant::now().checked_add(timeout);
        let mut was_late = false;
        loop {
            let flight = match self.core().flights.join(self.entry.key, self.holding) {
                Role::Leader(lead) => return self.lead(wait, lead, deadline, fallback).await,
                Role::Waiter(flight) => flight,
                Role::Ahead => return self.begin_fill(wait, None, fallback).await,
            };
            match self.land(wait, flight, deadline, &mut was_late).await {
                Landing::Serves(entry, tier) => return self.hit(wait, entry, tier).await,
                Landing::Again => {}
                Landing::Alone => return self.begin_fill(wait, None, fallback).await,
            }
        }
    }

    /// Returns how long the caller waits for others; `None` if it does not.
    pub(super) fn patience(&self) -> Option<Duration> {
        let timeout = self.core().settings.longest_wait();
        (self.core().kind() != RegionKind::Session && !timeout.is_zero()).then_some(timeout)
    }

    /// Waits for the leader in this process, and judges its entry for this caller.
    pub(super) async fn land<W: Wait>(
        &self,
        wait: &W,
        flight: Arc<Flight>,
        deadline: Option<Instant>,
        was_late: &mut bool,
    ) -> Landing {
        self.core().record.waited(self.statement());
        let entry = match wait.signal(flight, deadline).await {
            Some(FlightOutcome::Entry(entry)) => entry,
            Some(FlightOutcome::Resigned) => return Landing::Again,
            Some(FlightOutcome::Failed) | None => return Landing::Alone,
        };
        if fault::is_mutated(Mutation::WaiterTakesOldRows) {
            return Landing::Serves(entry, Tier::Memory);
        }
        match self.judge(entry, Tier::Memory) {
            Probe::Fresh(entry, tier) => Landing::Serves(entry, tier),
            // The leader's query began before a write that this caller has to see. The caller joins again, but only
            // once: while writes keep coming, waiting for one leader after the other would be slower than querying.
            Probe::Miss(miss) if miss.reason == MissReason::Invalidated && !*was_late => {
                *was_late = true;
                Landing::Again
            }
            _ => Landing::Alone,
        }
    }

    /// Leads the callers of this process. Waits while another process queries for the key, and takes its entry.
    async fn lead<W: Wait>(
        self: &Arc<Self>,
        wait: &W,
        mut lead: Lead,
        deadline: Option<Instant>,
        fallback: Option<Arc<Entry>>,
    ) -> Step {
        let mut pause = FIRST_PAUSE;
        let mut waited = false;
        loop {
            let claim = self.claim(wait, lead).await;
            lead = claim.lead;
            let free = claim.free;
            if let Probe::Fresh(entry, tier) = claim.probe {
                lead.complete(&entry);
                return self.hit(wait, entry, tier).await;
            }
            if free && waited {
                // The other process failed, or its rows were not stored. All processes that waited query at once.
                // Otherwise they would queue up behind an error.
                lead.unlock();
            }
            if free || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return self.begin_fill(wait, Some(lead), fallback).await;
            }
            waited = true;
            // The system cannot wait for a lock with a deadline.
            wait.pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Becomes the caller that queries, unless another does.
    pub(super) async fn try_lead<W: Wait>(self: &Arc<Self>, wait: &W) -> LeadAttempt {
        let lead = match self.core().flights.join(self.entry.key, self.holding) {
            Role::Leader(lead) => lead,
            Role::Waiter(flight) => return LeadAttempt::Busy(Some(flight)),
            Role::Ahead => return LeadAttempt::Ahead,
        };
        let LeadClaim { lead, free, probe } = self.claim(wait, lead).await;
        if !free {
            return LeadAttempt::Busy(None);
        }
        match probe {
            Probe::Fresh(entry, tier) => {
                lead.complete(&entry);
                LeadAttempt::Hit(entry, tier)
            }
            _ => LeadAttempt::Lead(lead),
        }
    }

    /// Locks the key against other processes, and looks again, because an entry may have been stored since this
    /// caller's search.
    ///
    /// If the caller is dropped meanwhile, the lead is dropped once the blocking work has ended.
    async fn claim<W: Wait>(self: &Arc<Self>, wait: &W, mut lead: Lead) -> LeadClaim {
        let probe = self.peek_memory();
        let Some(backing) = self
            .core()
            .backing
            .as_ref()
            .filter(|_| !matches!(probe, Probe::Fresh(..)))
        else {
            return LeadClaim {
                lead,
                free: true,
                probe,
            };
        };
        let (this, backing) = (Arc::clone(self), Arc::clone(backing));
        wait.blocking(move || {
            let free = backing.lock(&mut lead, this.entry.key);
            let probe = match free && !this.has_news() {
                true => probe,
                false => this.probe_shared(probe).probe, // the probe before has recorded a failure
            };
            LeadClaim { lead, free, probe }
        })
        .await
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
            let now = core.context.now();
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
    async fn record_history<W: Wait>(&self, wait: &W) {
        if self.core().context.generations.is_history_due() {
            let context = Arc::clone(&self.core().context);
            wait.blocking(move || off_task(|| context.generations.record_history()))
                .await;
        }
    }

    /// Takes the permission to store rows. Fences that are in the way are inspected first, because their writers may be
    /// dead.
    async fn begin_fill<W: Wait>(self: &Arc<Self>, wait: &W, lead: Option<Lead>, fallback: Option<Arc<Entry>>) -> Step {
        self.record_history(wait).await;
        let mut terms = (self.soft_generation(), self.stamp());
        if terms.1 == Err(Unstamped::MustBlock) {
            let this = Arc::clone(self);
            // Both are read again, because another file of generations may have been attached meanwhile. `off_task` is
            // for a blocking caller that was called within a step of a task.
            let take = move || off_task(|| (this.soft_generation(), this.stamp()));
            terms = wait.blocking(take).await;
        }
        let (soft, stamp) = terms;
        self.fill_under(soft, stamp, lead, fallback)
    }
}
