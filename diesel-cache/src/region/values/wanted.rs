//! One key of a batch: how it stands, and how it goes on in a round.

use std::sync::Arc;
use std::time::Instant;

use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::region::engine::Attempt;
use crate::region::fill::Ticket;
use crate::region::flight::{Flight, Landing};
use crate::region::request::{Look, Seen};
use crate::region::{Blocking, Near, Request, Standing, Step, Wait, now};

/// A key, and what has become of it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) key: String,
    pub(super) request: Arc<Request>,
    /// What may serve if there is an error.
    fallback: Option<Arc<Entry>>,
    looked: bool,
    /// What memory held, if that was not all there was to do.
    seen: Seen,
    /// A value that was waited for was made too early once.
    late: bool,
    /// It is created without waiting for anybody.
    pub(super) alone: bool,
}

/// How a key goes on in a round.
#[derive(Debug)]
pub(super) enum Turn {
    /// What holds its value.
    Hit(Arc<Entry>),
    /// It is this batch's to create, with or without leave to store.
    Mine(Option<Ticket>),
    /// Somebody else creates it.
    Busy(Option<Arc<Flight>>),
}

impl From<Step> for Turn {
    fn from(step: Step) -> Self {
        match step {
            Step::Hit(entry) => Self::Hit(entry),
            Step::Fill(ticket) => Self::Mine(Some(ticket)),
            _ => Self::Mine(None),
        }
    }
}

impl Wanted {
    pub(super) fn new(key: &str, request: Arc<Request>) -> Self {
        Self {
            key: key.to_owned(),
            request,
            fallback: None,
            looked: false,
            seen: Seen(None),
            late: false,
            alone: false,
        }
    }

    /// The first look, if memory answers it.
    pub(super) fn hit_near(&mut self) -> Option<Arc<Entry>> {
        if self.looked {
            return None;
        }
        match self.request.hit_near() {
            Near::Hit(entry) => {
                self.looked = true;
                Some(entry)
            }
            Near::Seen(seen) => {
                self.seen = seen;
                None
            }
        }
    }

    /// Waits for nobody, and may block.
    pub(super) fn turn(&mut self) -> Turn {
        if !std::mem::replace(&mut self.looked, true) {
            self.look()
        } else {
            self.seek()
        }
    }

    /// The first look, which is told.
    fn look(&mut self) -> Turn {
        let request = Arc::clone(&self.request);
        if let Standing::Bypass(reason) = request.standing {
            request.region.state.bypass(&request.region.context, reason);
            return Turn::Mine(None);
        }
        if request.terms.refresh {
            request.miss(MissReason::Refresh);
            return request.fill(None, None).into();
        }
        match now(request.look(&Blocking, std::mem::replace(&mut self.seen, Seen(None)))) {
            Look::Fresh(entry, tier) => now(request.hit(&Blocking, entry, tier)).into(),
            // This one does not wait.
            Look::Aged(entry, tier, aged) if aged.while_revalidate => {
                now(request.age(&Blocking, entry, tier, aged)).into()
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
    fn seek(&mut self) -> Turn {
        let request = Arc::clone(&self.request);
        if self.alone || request.region.state.settings().longest_wait().is_zero() {
            return request.fill(None, self.fallback.take()).into();
        }
        match now(request.try_lead(&Blocking)) {
            Attempt::Lead(lead) => request.fill(Some(lead), self.fallback.take()).into(),
            Attempt::Hit(entry, tier) => now(request.hit(&Blocking, entry, tier)).into(),
            Attempt::Busy(flight) => Turn::Busy(flight),
        }
    }

    /// Waits for another caller of this process; what came of it, if that serves.
    pub(super) async fn wait<W: Wait>(
        &mut self,
        wait: &W,
        flight: Arc<Flight>,
        deadline: Option<Instant>,
    ) -> Option<Arc<Entry>> {
        self.request.region.state.waited();
        match wait.landing(flight, deadline).await {
            Landing::Entry(entry) => match self.request.verdict(entry, Tier::Memory) {
                Look::Fresh(entry, tier) => match self.request.hit(wait, entry, tier).await {
                    Step::Hit(entry) => return Some(entry),
                    _ => self.alone = true,
                },
                // Created too early for this caller. Once more, as in a load.
                Look::Miss(MissReason::Invalidated) if !self.late => self.late = true,
                _ => self.alone = true,
            },
            // Each of those who waited for it has its own turn.
            Landing::Failed => self.alone = true,
            Landing::Resigned => {}
        }
        None
    }
}
