//! One key of a batch: how it stands, and how it goes on in a round.

use std::sync::Arc;
use std::time::Instant;

use super::value_of;
use crate::cacheable::Cacheable;
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::region::engine::Attempt;
use crate::region::fill::Ticket;
use crate::region::flight::{Flight, Landing};
use crate::region::request::{Look, Seen};
use crate::region::wait::Wait;
use crate::region::{Blocking, Request, Standing, Step, now};

/// A key, and what has become of it.
pub(super) struct Wanted<V> {
    pub(super) key: String,
    pub(super) request: Arc<Request>,
    pub(super) value: Option<V>,
    /// What may serve if there is an error.
    fallback: Option<Arc<Entry>>,
    looked: bool,
    /// A value that was waited for was made too early once.
    late: bool,
    /// It is created without waiting for anybody.
    pub(super) alone: bool,
}

/// How a key goes on in a round.
pub(super) enum Turn<V> {
    Value(V),
    /// It is this batch's to create, with or without leave to store.
    Mine(Option<Ticket>),
    /// Somebody else creates it.
    Busy(Option<Arc<Flight>>),
}

impl<V: Cacheable> Wanted<V> {
    pub(super) fn new(key: &str, request: Arc<Request>) -> Self {
        Self {
            key: key.to_owned(),
            request,
            value: None,
            fallback: None,
            looked: false,
            late: false,
            alone: false,
        }
    }

    pub(super) fn turn(&mut self) -> Turn<V> {
        if !std::mem::replace(&mut self.looked, true) {
            self.look()
        } else {
            self.seek()
        }
    }

    /// The first look, which is told.
    fn look(&mut self) -> Turn<V> {
        let request = Arc::clone(&self.request);
        if let Standing::Bypass(reason) = request.standing {
            request.region.state.bypass(&request.region.context, reason);
            return Turn::Mine(None);
        }
        if request.terms.refresh {
            request.miss(MissReason::Refresh);
            return self.go(request.fill(None, None));
        }
        match now(request.look(&Blocking, Seen(None))) {
            Look::Fresh(entry, tier) => self.go(now(request.hit(&Blocking, entry, tier))),
            // This one does not wait.
            Look::Aged(entry, tier, aged) if aged.while_revalidate => {
                self.go(now(request.age(&Blocking, entry, tier, aged)))
            }
            Look::Aged(entry, _, aged) => {
                request.miss(aged.reason);
                self.fallback = aged.if_error.then_some(entry);
                self.seek()
            }
            Look::Miss(reason) => {
                request.miss(reason);
                self.seek()
            }
        }
    }

    /// Takes the lead, unless somebody else has it.
    fn seek(&mut self) -> Turn<V> {
        let request = Arc::clone(&self.request);
        if self.alone || request.region.state.settings().lock_timeout.is_zero() {
            let fallback = self.fallback.take();
            return self.go(request.fill(None, fallback));
        }
        match now(request.try_lead(&Blocking)) {
            Attempt::Lead(lead) => {
                let fallback = self.fallback.take();
                self.go(request.fill(Some(lead), fallback))
            }
            Attempt::Hit(entry, tier) => self.go(now(request.hit(&Blocking, entry, tier))),
            Attempt::Busy(flight) => Turn::Busy(flight),
        }
    }

    fn go(&self, step: Step) -> Turn<V> {
        let step = match step {
            Step::Hit(entry) => match value_of(&entry) {
                Some(value) => return Turn::Value(value),
                None => self.request.corrupt(),
            },
            step => step,
        };
        match step {
            Step::Fill(ticket) => Turn::Mine(Some(ticket)),
            _ => Turn::Mine(None),
        }
    }

    /// Waits for another caller of this process.
    pub(super) fn wait(&mut self, flight: Arc<Flight>, deadline: Option<Instant>) {
        self.request.region.state.waited();
        match now(Blocking.landing(flight, deadline)) {
            Landing::Entry(entry) => match self.request.verdict(entry, Tier::Memory) {
                Look::Fresh(entry, tier) => {
                    if let Turn::Value(value) = self.go(now(self.request.hit(&Blocking, entry, tier))) {
                        self.value = Some(value);
                    }
                }
                // Created too early for this caller. Once more, as in a load.
                Look::Miss(MissReason::Invalidated) if !self.late => self.late = true,
                _ => self.alone = true,
            },
            // Each of those who waited for it has its own turn.
            Landing::Failed => self.alone = true,
            Landing::Resigned => {}
        }
    }
}
