//! Leading a flight, or waiting for it: one of the callers that miss a key queries, and the others take its rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flight::{Flight, FlightOutcome, Lead, Role};
use super::probe::Probe;
use super::request::Request;
use super::ticket::Step;
use crate::config::RegionKind;
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::fault::{self, Mutation};
use crate::wait::Wait;

/// The first pause between two attempts to lock a key that another process has locked. Each is twice as long as the one
/// before.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_micros(200);
/// The longest such pause.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(5);

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
struct LeadProbe {
    lead: Lead,
    /// Whether no other process queries.
    free: bool,
    probe: Probe,
}

impl Request {
    /// Joins the callers that miss this key: waits for the rows of another, or becomes the one that queries.
    pub(super) async fn join_flight<W: Wait>(self: &Arc<Self>, wait: &W, fallback: Option<Arc<Entry>>) -> Step {
        if !self.may_store() {
            return self.without_storing();
        }
        let Some(timeout) = self.patience() else {
            return self.take_ticket(wait, None, fallback).await;
        };
        // `None` if the deadline is later than any time that the clock can express.
        let deadline = Instant::now().checked_add(timeout);
        let mut was_late = false;
        loop {
            let flight = match self.core().flights.join(self.entry.key, self.holding) {
                Role::Leader(lead) => return self.lead(wait, lead, deadline, fallback).await,
                Role::Waiter(flight) => flight,
                Role::Ahead => return self.take_ticket(wait, None, fallback).await,
            };
            match self.land(wait, flight, deadline, &mut was_late).await {
                Landing::Serves(entry, tier) => return self.hit(wait, entry, tier).await,
                Landing::Again => {}
                Landing::Alone => return self.take_ticket(wait, None, fallback).await,
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
            let probed = self.lock_and_probe(wait, lead).await;
            lead = probed.lead;
            let free = probed.free;
            if let Probe::Fresh(entry, tier) = probed.probe {
                lead.complete(&entry);
                return self.hit(wait, entry, tier).await;
            }
            if free && waited {
                // The other process failed, or its rows were not stored. All processes that waited query at once.
                // Otherwise they would queue up behind an error.
                lead.unlock();
            }
            if free || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return self.take_ticket(wait, Some(lead), fallback).await;
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
        let LeadProbe { lead, free, probe } = self.lock_and_probe(wait, lead).await;
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
    async fn lock_and_probe<W: Wait>(self: &Arc<Self>, wait: &W, mut lead: Lead) -> LeadProbe {
        let probe = self.peek_memory();
        let Some(backing) = self
            .core()
            .backing
            .as_ref()
            .filter(|_| !matches!(probe, Probe::Fresh(..)))
        else {
            return LeadProbe {
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
            LeadProbe { lead, free, probe }
        })
        .await
    }
}
