//! One key of a batch, and its turn in each round.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::flight::Flight;
use super::lead::{Landing, LeadAttempt};
use super::load::TiersAnswer;
use super::probe::{FirstProbe, MemoryProbe};
use super::request::Request;
use super::spec::Access;
use super::ticket::{Step, Ticket};
use crate::entry::Entry;
use crate::event::MissReason;
use crate::wait::{Blocking, Wait, now};

/// One of several keys that are loaded together.
///
/// Unlike a single [load](Request::begin), it never waits in the middle of a round, so that batches that overlap cannot
/// wait for each other in a circle.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) request: Arc<Request>,
    /// The entry that may serve if the query fails.
    fallback: Option<Arc<Entry>>,
    has_opened: bool,
    first: FirstProbe,
    /// Whether the member has already waited for an entry that turned out to be too old for it.
    was_late: bool,
    /// Whether the member no longer waits for other callers.
    alone: bool,
}

/// The outcome of a member's turn in a round.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and a box would cost an allocation"
)]
pub(crate) enum Turn {
    /// An entry answers.
    Hit(Arc<Entry>),
    /// The batch has to query, with or without permission to store.
    Mine(Option<Ticket>),
    /// Like `Mine(None)`: something that the entry depends on is being written, or a write of it is in doubt.
    Fenced,
    /// The cache has no rows, and the caller must not query.
    NotFound,
    /// Another caller queries: in this process, where its flight can be awaited, or in another.
    Busy(Option<Arc<Flight>>),
}

impl From<Step> for Turn {
    fn from(step: Step) -> Self {
        match step {
            Step::Hit(entry) => Self::Hit(entry),
            Step::Fill(ticket) => Self::Mine(Some(ticket)),
            Step::Query => Self::Mine(None),
            Step::Fenced => Self::Fenced,
            Step::NotFound => Self::NotFound,
        }
    }
}

impl Member {
    pub(crate) fn new(request: Arc<Request>) -> Self {
        Self::looked(request, FirstProbe::NONE)
    }

    /// A member for which the caller has already looked into memory.
    pub(crate) fn looked(request: Arc<Request>, first: FirstProbe) -> Self {
        Self {
            request,
            fallback: None,
            has_opened: false,
            first,
            was_late: false,
            alone: false,
        }
    }

    /// Returns the entry in memory, if this is the member's first look, and the entry answers it.
    pub(crate) fn probe_memory(&mut self) -> Option<Arc<Entry>> {
        if self.has_opened || self.first.0.is_some() {
            return None;
        }
        match self.request.probe_memory() {
            MemoryProbe::Hit(entry) => {
                self.has_opened = true;
                Some(entry)
            }
            MemoryProbe::Open(first) => {
                self.first = first;
                None
            }
        }
    }

    /// Takes the member's turn in a round. Does not wait for other callers, but may block.
    pub(crate) fn turn(&mut self) -> Turn {
        if mem::replace(&mut self.has_opened, true) {
            return self.seek();
        }
        let request = Arc::clone(&self.request);
        // The batch has moved the slots of all its keys at once.
        if request.options.refresh && !matches!(request.access, Access::Bypass(_)) {
            request.miss(MissReason::Refresh);
            return match request.may_store() {
                true => request.take_ticket_now(None, None).into(),
                false => request.without_storing().into(),
            };
        }
        let first = mem::replace(&mut self.first, FirstProbe::NONE);
        match now(request.ask_tiers(&Blocking, first)) {
            TiersAnswer::Decided(step) => step.into(),
            TiersAnswer::Missing(fallback) => {
                self.fallback = fallback;
                self.seek()
            }
        }
    }

    /// Takes the lead, unless another caller has it.
    fn seek(&mut self) -> Turn {
        let request = Arc::clone(&self.request);
        if !request.may_store() {
            return request.without_storing().into();
        }
        if self.alone || request.patience().is_none() {
            return request.take_ticket_now(None, self.fallback.take()).into();
        }
        match now(request.try_lead(&Blocking)) {
            LeadAttempt::Lead(lead) => request.take_ticket_now(Some(lead), self.fallback.take()).into(),
            LeadAttempt::Hit(entry, tier) => now(request.hit(&Blocking, entry, tier)).into(),
            LeadAttempt::Ahead => request.take_ticket_now(None, self.fallback.take()).into(),
            LeadAttempt::Busy(flight) => Turn::Busy(flight),
        }
    }

    /// Waits for the leader in this process, and returns its entry if the entry answers this member.
    pub(crate) async fn wait<W: Wait>(
        &mut self,
        wait: &W,
        flight: Arc<Flight>,
        deadline: Option<Instant>,
    ) -> Option<Arc<Entry>> {
        match self.request.land(wait, flight, deadline, &mut self.was_late).await {
            Landing::Serves(entry, tier) => match self.request.hit(wait, entry, tier).await {
                Step::Hit(entry) => return Some(entry),
                _ => self.alone = true,
            },
            Landing::Again => {}
            // Each waiter queries for itself.
            Landing::Alone => self.alone = true,
        }
        None
    }

    /// Stops waiting for others.
    pub(crate) fn give_up_waiting(&mut self) {
        self.alone = true;
    }
}
