//! One load: what is decided, in which order, from the first look to the rows, or to the leave to store them ([`fill`](super::fill)).
//!
//! Callers bring a [`Wait`], and do two things in between: ask for the rows, and say how that ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fill::Ticket;
use super::flight::{Landing, Lead, Role};
use super::freshness::Aged;
use super::request::{Look, Request, Seen, Sight, Standing};
use super::wait::Wait;
use crate::config::RegionKind;
use crate::entry::Entry;
use crate::event::{MissReason, Tier};
use crate::fault::{self, Mutation};
use crate::generation::may_block;

/// How a load goes on.
#[derive(Debug)]
pub(crate) enum Step {
    /// The cache answers.
    Hit(Arc<Entry>),
    /// The caller asks, and its rows may be stored.
    Fill(Ticket),
    /// The caller asks, and its rows are not stored.
    Query,
    /// The same, as a table is being written, or a write of it is in doubt.
    Fenced,
    /// Nobody answers: the cache has no rows, and nobody else must be asked.
    NotFound,
}

/// What came of an attempt to lead without waiting.
pub(super) enum Attempt {
    Lead(Lead),
    /// Somebody else has just got the rows.
    Hit(Arc<Entry>, Tier),
    /// Somebody else is asking: in this process, where its flight can be waited for, or in another.
    Busy(Option<Arc<super::flight::Flight>>),
}

/// What a leader has, once it has tried to keep other processes from asking.
struct Claim {
    lead: Lead,
    /// Does no other process ask?
    free: bool,
    look: Look,
}

impl Request {
    /// Looks for rows that may be returned, where nobody has looked yet, and decides how the load goes on.
    pub(crate) async fn begin<W: Wait>(self: &Arc<Self>, wait: &W, seen: Seen) -> Step {
        let (context, state) = self.parts();
        if let Standing::Bypass(reason) = self.standing {
            state.bypass(context, reason);
            return self.ask();
        }
        if self.terms.refresh {
            // Who may not ask has nothing to put in the entry's place.
            if !self.terms.only_if_cached {
                // Entries that others hold of this query are older than what comes now.
                let (context, key) = (Arc::clone(context), self.accept.key_slot);
                wait.blocking(move || context.generations.bump(&[key])).await;
            }
            self.miss(MissReason::Refresh);
            return if self.may_store() {
                self.turn(wait, None, None).await
            } else {
                self.ask()
            };
        }
        match self.look(wait, seen).await {
            Look::Fresh(entry, tier) => self.hit(wait, entry, tier).await,
            Look::Aged(entry, tier, aged) => self.age(wait, entry, tier, aged).await,
            Look::Miss(reason) => {
                self.miss(reason);
                self.board(wait, None).await
            }
        }
    }

    /// How the load goes on when a hit's rows could not be decoded.
    pub(crate) fn corrupt(&self) -> Step {
        self.miss(MissReason::Corrupt);
        if self.may_store() {
            self.fill(None, None)
        } else {
            self.ask()
        }
    }

    /// Looks in memory, if nobody has, then in the files. A failure is told, and is a miss.
    pub(super) async fn look<W: Wait>(self: &Arc<Self>, wait: &W, Seen(near): Seen) -> Look {
        let near = near.unwrap_or_else(|| self.look_near());
        let sight = self.see(wait, near).await;
        if let Some(error) = sight.error {
            let (context, state) = self.parts();
            state.read_failed(context, self.accept.key, &error);
        }
        sight.look
    }

    async fn see<W: Wait>(self: &Arc<Self>, wait: &W, near: Look) -> Sight {
        match near {
            look @ Look::Fresh(..) => Sight { look, error: None },
            near if self.region.state.has_files() => {
                let this = Arc::clone(self);
                wait.blocking(move || this.look_far(near)).await
            }
            look => Sight { look, error: None },
        }
    }

    /// An entry that has outlived its time.
    pub(super) async fn age<W: Wait>(self: &Arc<Self>, wait: &W, entry: Arc<Entry>, tier: Tier, aged: Aged) -> Step {
        let (context, state) = self.parts();
        let fallback = aged.if_error.then(|| Arc::clone(&entry));
        if aged.while_revalidate {
            let attempt = match self.may_store() {
                true => self.try_lead(wait).await,
                false => Attempt::Busy(None),
            };
            return match attempt {
                Attempt::Busy(_) => {
                    state.stale_hit(context, &entry, tier);
                    Step::Hit(entry)
                }
                Attempt::Hit(entry, tier) => self.hit(wait, entry, tier).await,
                Attempt::Lead(lead) => {
                    self.miss(aged.reason);
                    match self.turn(wait, Some(lead), fallback).await {
                        Step::Fill(ticket) => Step::Fill(ticket.in_haste()),
                        step => step,
                    }
                }
            };
        }
        self.miss(aged.reason);
        self.board(wait, fallback).await
    }

    /// Joins the callers that miss this key: waits for the rows of another, or becomes the one who asks.
    async fn board<W: Wait>(self: &Arc<Self>, wait: &W, fallback: Option<Arc<Entry>>) -> Step {
        let (_, state) = self.parts();
        if !self.may_store() {
            return self.ask();
        }
        let timeout = state.settings().longest_wait();
        if state.kind() == RegionKind::Session || timeout.is_zero() {
            return self.turn(wait, None, fallback).await;
        }
        // None: later than any clock can say.
        let deadline = Instant::now().checked_add(timeout);
        let mut late = false;
        loop {
            let flight = match state.join(self.accept.key) {
                Role::Leader(lead) => return self.lead(wait, lead, deadline, fallback).await,
                Role::Waiter(flight) => flight,
            };
            state.waited();
            let entry = match wait.landing(flight, deadline).await {
                Landing::Failed => return self.turn(wait, None, fallback).await,
                Landing::Resigned => continue,
                Landing::Entry(entry) => entry,
            };
            if fault::is_mutated(Mutation::WaiterTakesOldRows) {
                return Step::Hit(entry);
            }
            match self.verdict(entry, Tier::Memory) {
                Look::Fresh(entry, tier) => return self.hit(wait, entry, tier).await,
                // The leader had asked too early for this caller. Once more: while writes keep coming, waiting for one
                // leader after the other would be slower than to ask.
                Look::Miss(MissReason::Invalidated) if !late => late = true,
                _ => return self.turn(wait, None, fallback).await,
            }
        }
    }

    /// Leads this process's callers: makes sure that no other process asks, nor has just asked.
    async fn lead<W: Wait>(
        self: &Arc<Self>,
        wait: &W,
        mut lead: Lead,
        deadline: Option<Instant>,
        fallback: Option<Arc<Entry>>,
    ) -> Step {
        let mut pause = Duration::from_micros(200);
        let mut waited = false;
        loop {
            let claim = self.claim(wait, lead).await;
            lead = claim.lead;
            let free = claim.free;
            if let Look::Fresh(entry, tier) = claim.look {
                lead.land(&entry);
                return self.hit(wait, entry, tier).await;
            }
            if free && waited {
                // The other process has failed, or its rows were not stored. All who waited ask at once: one after the other,
                // the processes would pile up behind an error.
                lead.unlock();
            }
            if free || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return self.turn(wait, Some(lead), fallback).await;
            }
            waited = true;
            // The system cannot wait for a lock and a deadline at once.
            wait.pause(pause).await;
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// Becomes the one who asks, unless somebody is asking.
    pub(super) async fn try_lead<W: Wait>(self: &Arc<Self>, wait: &W) -> Attempt {
        let lead = match self.region.state.join(self.accept.key) {
            Role::Leader(lead) => lead,
            Role::Waiter(flight) => return Attempt::Busy(Some(flight)),
        };
        match self.claim(wait, lead).await {
            Claim { free: false, lead, .. } => {
                lead.resign();
                Attempt::Busy(None)
            }
            Claim {
                lead,
                look: Look::Fresh(entry, tier),
                ..
            } => {
                lead.land(&entry);
                Attempt::Hit(entry, tier)
            }
            Claim { lead, .. } => Attempt::Lead(lead),
        }
    }

    /// Keeps other processes from asking, and looks again: somebody may have landed between this caller's search and its turn.
    ///
    /// A caller that gives up meanwhile takes the lead with it, when the work on files is done.
    async fn claim<W: Wait>(self: &Arc<Self>, wait: &W, mut lead: Lead) -> Claim {
        let near = self.look_near();
        if !self.region.state.has_files() || matches!(near, Look::Fresh(..)) {
            return Claim {
                lead,
                free: true,
                look: near,
            };
        }
        let this = Arc::clone(self);
        wait.blocking(move || {
            let (context, state) = this.parts();
            let free = state.lock(context, &mut lead, this.accept.key);
            let look = match free && !this.has_news() {
                true => near,
                false => this.look_far(near).look, // a failure has been told by the look before
            };
            Claim { lead, free, look }
        })
        .await
    }

    pub(super) async fn hit<W: Wait>(&self, wait: &W, entry: Arc<Entry>, tier: Tier) -> Step {
        let (context, state) = self.parts();
        if state.note_use(context, &entry) {
            let (state, key, now) = (Arc::clone(state), self.accept.key, context.now());
            wait.blocking(move || state.note(&key, now)).await;
        }
        state.hit(context, &entry, tier);
        Step::Hit(entry)
    }

    /// The caller's turn again, after it has settled a doubt about the fences that it met.
    pub(crate) async fn again<W: Wait>(self: &Arc<Self>, wait: &W) -> Step {
        self.turn(wait, None, None).await
    }

    /// The caller's turn, with leave to store its rows. Fences are looked into before: they may be those of the dead.
    async fn turn<W: Wait>(self: &Arc<Self>, wait: &W, lead: Option<Lead>, fallback: Option<Arc<Entry>>) -> Step {
        let (context, _) = self.parts();
        if !may_block() && context.generations.is_behind(self.accept.slots()) {
            let this = Arc::clone(self);
            wait.blocking(move || this.region.context.generations.catch_up(this.accept.slots()))
                .await;
        }
        self.fill(lead, fallback)
    }

    /// The caller's turn, if it may ask at all.
    fn ask(&self) -> Step {
        if self.terms.only_if_cached {
            Step::NotFound
        } else {
            Step::Query
        }
    }

    fn may_store(&self) -> bool {
        self.standing == Standing::Full && !self.terms.only_if_cached
    }

    pub(super) fn miss(&self, reason: MissReason) {
        let (context, state) = self.parts();
        state.miss(context, self.accept.key, reason);
    }
}
