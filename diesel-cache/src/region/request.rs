//! What one caller wants of a region: by which key, stamped with what, and on which terms.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::freshness::{self, Verdict, judge};
use super::state::{Found, RegionState};
use super::{Kind, Region};
use crate::cacheable::Layout;
use crate::context::Context;
use crate::entry::Entry;
use crate::event::{BypassReason, Invalidation, MissReason, Tier};
use crate::generation::Slot;
use crate::key::CacheKey;
use crate::store::SessionStore;

/// Everything that an entry depends on.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    /// Everything, the region, tables.
    pub(crate) shared: Arc<[Slot]>,
    pub(crate) key: Slot,
}

impl Slots {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.shared.iter().copied().chain([self.key])
    }
}

/// What a reader asks of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Accept {
    pub(crate) key: CacheKey,
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
    /// Everything the reader knows that the rows depend on: an entry must have been stamped with all of it.
    pub(crate) slots: Slots,
    /// Where the region counts its soft invalidations.
    pub(crate) soft: Slot,
    /// The oldest that the rows may be, whatever the entry says.
    pub(crate) max_age: Option<Duration>,
    pub(crate) ignore_expiration: bool,
}

/// How a caller stands to the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It reads entries, and stores what it gets.
    Full,
    /// It reads entries, and what it gets is for itself: it is in a transaction.
    Reader,
    /// It leaves the cache alone.
    Bypass(BypassReason),
}

/// What a caller told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) only_if_cached: bool,
    pub(crate) refresh: bool,
    pub(crate) skip_empty: bool,
}

/// One caller's request: a cached load, or a look for a value.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) region: Region,
    pub(crate) accept: Accept,
    pub(crate) terms: Terms,
    pub(super) standing: Standing,
    pub(super) session: Option<Arc<SessionStore>>,
}

/// What a search found.
#[derive(Debug)]
pub(super) enum Look {
    Fresh(Arc<Entry>, Tier),
    Aged(Arc<Entry>, Tier, freshness::Aged),
    Miss(MissReason),
}

/// What a search found, and what kept it from finding more.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) look: Look,
    pub(super) error: Option<io::Error>,
}

impl Request {
    /// A request; `standing` is the caller's own, before the region has its say.
    pub(crate) fn new(
        region: Region,
        accept: Accept,
        terms: Terms,
        standing: Standing,
        session: Option<Arc<SessionStore>>,
    ) -> Self {
        let standing = match region.state.kind() {
            _ if region.context.is_disabled() => Standing::Bypass(BypassReason::Disabled),
            Kind::Null => Standing::Bypass(BypassReason::NullRegion),
            Kind::Session if session.is_none() => Standing::Bypass(BypassReason::NoSession),
            _ => standing,
        };
        Self {
            region,
            accept,
            terms,
            standing,
            session,
        }
    }

    pub(super) fn parts(&self) -> (&Arc<Context>, &Arc<RegionState>) {
        (&self.region.context, &self.region.state)
    }

    /// Looks in memory, or in the session: no files, no waiting.
    pub(super) fn look_near(&self) -> Look {
        match self.region.state.near(self.session.as_deref(), self.accept.key) {
            None => Look::Miss(MissReason::Absent),
            Some((entry, tier)) => self.verdict(entry, tier),
        }
    }

    pub(super) fn verdict(&self, entry: Arc<Entry>, tier: Tier) -> Look {
        let (context, state) = self.parts();
        match judge(context, state.settings(), &entry, &self.accept) {
            Verdict::Fresh => Look::Fresh(entry, tier),
            Verdict::Aged(aged) => Look::Aged(entry, tier, aged),
            Verdict::Useless(reason) => Look::Miss(reason),
        }
    }

    /// Looks in the region's files, with what was found nearer by in mind. May block.
    ///
    /// An entry in memory that does not serve does not end the search: another process may have stored a better one.
    pub(super) fn look_far(&self, near: Look) -> Sight {
        let (_, state) = self.parts();
        let found = match state.far(&self.accept.key) {
            Found::Entry(entry) => self.verdict(entry, Tier::Disk),
            Found::Nothing => {
                return Sight {
                    look: near,
                    error: None,
                };
            }
            Found::Corrupt => Look::Miss(MissReason::Corrupt),
            Found::Failed(error) => {
                return Sight {
                    look: Look::Miss(MissReason::Corrupt),
                    error: Some(error),
                };
            }
        };
        let look = match (near, found) {
            (_, Look::Fresh(entry, tier)) => {
                state.bring_near(&entry);
                Look::Fresh(entry, tier)
            }
            (near @ Look::Aged(..), Look::Miss(_)) => near,
            (_, found) => found,
        };
        Sight { look, error: None }
    }

    /// What the region holds, fresh or not. May block.
    pub(crate) fn peek(&self, layout: Option<Layout>) -> Option<(Arc<Entry>, Tier)> {
        let near = self.region.state.near(self.session.as_deref(), self.accept.key);
        let far = || match self.region.state.far(&self.accept.key) {
            Found::Entry(entry) => Some((entry, Tier::Disk)),
            Found::Nothing | Found::Corrupt => None,
            Found::Failed(error) => {
                self.region
                    .state
                    .read_failed(&self.region.context, self.accept.key, &error);
                None
            }
        };
        let any = Accept {
            layout,
            ignore_expiration: true,
            ..self.accept.clone()
        };
        let (context, state) = self.parts();
        let serves = |(entry, _): &(Arc<Entry>, Tier)| judge(context, state.settings(), entry, &any) == Verdict::Fresh;
        near.filter(serves).or_else(|| far().filter(serves))
    }

    /// Would a load be answered with this entry at once?
    pub(crate) fn is_fresh(&self, entry: &Entry) -> bool {
        let (context, state) = self.parts();
        freshness::is_fresh(context, state.settings(), entry, &self.accept)
    }

    /// Removes the entry, in every process; was there one that could have served? May block.
    pub(crate) fn remove(&self) -> bool {
        let hit = self.peek(None).is_some();
        let (context, state) = self.parts();
        // First the slot: a fill in flight is refused from here on, and other processes' copies are stale.
        context.generations.bump(&[self.accept.slots.key]);
        state.remove(context, self.session.as_deref(), self.accept.key);
        state.invalidated(
            context,
            Invalidation::Query {
                region: Arc::clone(state.shared_name()),
                key: self.accept.key,
                hit,
            },
        );
        hit
    }
}
