//! What one caller wants of a region: by which key, stamped with what, and on which terms.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::freshness::{self, Verdict, judge};
use super::state::{Found, RegionState};
use super::{Region, Slots};
use crate::cacheable::Layout;
use crate::config::RegionKind;
use crate::context::Context;
use crate::entry::Entry;
use crate::event::{BypassReason, Invalidation, MissReason, Tier};
use crate::generation::Slot;
use crate::key::{CacheKey, NearKey};
use crate::store::SessionStore;

/// What a reader asks of an entry that has its key.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// The row type's layout; `None` accepts any.
    pub(crate) layout: Option<Layout>,
    /// Everything the reader knows that the rows depend on: an entry must have been stamped with all of it.
    pub(crate) slots: Slots,
    /// The oldest that the rows may be, whatever the entry says.
    pub(crate) max_age: Option<Duration>,
    pub(crate) ignore_expiration: bool,
}

/// Which entry a reader accepts.
#[derive(Clone, Debug)]
pub(crate) struct Accept {
    pub(crate) key: CacheKey,
    /// The same key, as memory knows it.
    pub(crate) near: NearKey,
    /// Moved by whoever invalidates what is under the key: a value, or all of a query's entries, whatever their connections were told.
    pub(crate) key_slot: Slot,
    pub(crate) demand: Demand,
}

impl Accept {
    /// Everything that the entry is stamped with.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.demand.slots.iter().chain([self.key_slot])
    }
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

/// One caller's request, before anybody has to wait: a cached load, or a look for a value.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) near: NearKey,
    pub(crate) demand: Demand,
    pub(crate) terms: Terms,
    /// The caller's own, before the region has its say.
    pub(crate) standing: Standing,
}

/// The same, with everything it takes to see it through.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) region: Region,
    pub(crate) accept: Accept,
    pub(crate) terms: Terms,
    pub(super) standing: Standing,
    pub(super) session: Option<Arc<SessionStore>>,
    /// How often anybody had stored something when the files were looked at last.
    looked_after: AtomicU64,
}

/// They were not, or it is not known.
const UNKNOWN: u64 = u64::MAX;

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

/// What the first look into memory came to.
#[derive(Debug)]
pub(crate) enum Near {
    /// It answers.
    Hit(Arc<Entry>),
    /// There is more to do.
    Seen(Seen),
}

impl Near {
    /// The entry that answers.
    #[cfg(feature = "async")]
    pub(super) fn entry(self) -> Option<Arc<Entry>> {
        match self {
            Self::Hit(entry) => Some(entry),
            Self::Seen(_) => None,
        }
    }
}

/// What a first look has found, so that nobody has to look again; or that nobody has looked.
#[derive(Debug)]
pub(crate) struct Seen(pub(super) Option<Look>);

impl Region {
    /// A fresh entry in memory, or in the session, if that is all there is to do: the path of nearly every load. It copies nothing
    /// that threads would fight over.
    #[inline]
    pub(crate) fn hit_near(&self, session: Option<&SessionStore>, ask: &Ask) -> Near {
        self.hit_as(session, &ask.near, &ask.demand, &ask.terms, ask.standing)
    }

    #[inline]
    fn hit_as(
        &self,
        session: Option<&SessionStore>,
        near: &NearKey,
        demand: &Demand,
        terms: &Terms,
        standing: Standing,
    ) -> Near {
        let (context, state) = (&self.context, &self.state);
        if matches!(standing, Standing::Bypass(_)) || terms.refresh || context.is_disabled() {
            return Near::Seen(Seen(None));
        }
        let Some((entry, tier)) = state.near(session, near) else {
            return Near::Seen(Seen(Some(Look::Miss(MissReason::Absent))));
        };
        let verdict = judge(self, &entry, demand);
        if let Verdict::Fresh(at) = verdict
            // Once in a while its use is noted in a file: for the longer way, where files are allowed.
            && state.mark_use(&entry, || at.unwrap_or_else(|| context.now()))
        {
            state.hit(context, &entry, tier);
            return Near::Hit(entry);
        }
        Near::Seen(Seen(Some(Look::of(verdict, entry, tier))))
    }

    /// Looks in memory, or in the session: no files, no waiting.
    fn look_near(&self, session: Option<&SessionStore>, near: &NearKey, demand: &Demand) -> Look {
        match self.state.near(session, near) {
            None => Look::Miss(MissReason::Absent),
            Some((entry, tier)) => self.verdict(entry, tier, demand),
        }
    }

    fn verdict(&self, entry: Arc<Entry>, tier: Tier, demand: &Demand) -> Look {
        Look::of(judge(self, &entry, demand), entry, tier)
    }
}

impl Look {
    fn of(verdict: Verdict, entry: Arc<Entry>, tier: Tier) -> Self {
        match verdict {
            Verdict::Fresh(_) => Self::Fresh(entry, tier),
            Verdict::Aged(aged) => Self::Aged(entry, tier, aged),
            Verdict::Useless(reason) => Self::Miss(reason),
        }
    }
}

impl Request {
    pub(crate) fn new(region: &Region, session: Option<&Arc<SessionStore>>, key: CacheKey, ask: Ask) -> Self {
        let standing = match region.state.kind() {
            _ if region.context.is_disabled() => Standing::Bypass(BypassReason::Disabled),
            RegionKind::Null => Standing::Bypass(BypassReason::NullRegion),
            RegionKind::Session if session.is_none() => Standing::Bypass(BypassReason::NoSession),
            _ => ask.standing,
        };
        Self {
            region: region.clone(),
            accept: Accept {
                key_slot: Slot::key(ask.near.key_of_all(key).as_bytes()),
                key,
                near: ask.near,
                demand: ask.demand,
            },
            terms: ask.terms,
            standing,
            session: session.cloned(),
            looked_after: UNKNOWN.into(),
        }
    }

    pub(super) fn parts(&self) -> (&Arc<Context>, &Arc<RegionState>) {
        (&self.region.context, &self.region.state)
    }

    /// See [`Region::hit_near`].
    pub(super) fn hit_near(&self) -> Near {
        let Accept { near, demand, .. } = &self.accept;
        self.region
            .hit_as(self.session.as_deref(), near, demand, &self.terms, self.standing)
    }

    /// Looks in memory, or in the session: no files, no waiting.
    pub(super) fn look_near(&self) -> Look {
        self.region
            .look_near(self.session.as_deref(), &self.accept.near, &self.accept.demand)
    }

    pub(super) fn verdict(&self, entry: Arc<Entry>, tier: Tier) -> Look {
        self.region.verdict(entry, tier, &self.accept.demand)
    }

    /// Looks in the region's files, with what was found nearer by in mind. May block.
    ///
    /// An entry in memory that does not serve does not end the search: another process may have stored a better one.
    pub(super) fn look_far(&self, near: Look) -> Sight {
        let (_, state) = self.parts();
        // Before the look: what comes during it counts as not seen.
        let stores = state.stores().unwrap_or(UNKNOWN);
        self.looked_after.store(stores, Relaxed);
        let found = match state.far(&self.accept) {
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

    /// Can the files hold something that the last look at them did not find? Asked under the lock of the key: whoever has stored it
    /// since has counted that before letting the lock go.
    pub(super) fn has_news(&self) -> bool {
        let state = &self.region.state;
        let looked_after = self.looked_after.load(Relaxed);
        looked_after == UNKNOWN || state.stores() != Some(looked_after) || state.unwritten(self.accept.key).is_some()
    }

    /// What the region holds, fresh or not. May block.
    pub(crate) fn peek(&self, layout: Option<Layout>) -> Option<(Arc<Entry>, Tier)> {
        let near = self.region.state.near(self.session.as_deref(), &self.accept.near);
        let far = || match self.region.state.far(&self.accept) {
            Found::Entry(entry) => Some((entry, Tier::Disk)),
            Found::Nothing | Found::Corrupt => None,
            Found::Failed(error) => {
                self.region
                    .state
                    .read_failed(&self.region.context, self.accept.key, &error);
                None
            }
        };
        let any = Demand {
            layout,
            ignore_expiration: true,
            ..self.accept.demand.clone()
        };
        let serves = |(entry, _): &(Arc<Entry>, Tier)| matches!(judge(&self.region, entry, &any), Verdict::Fresh(_));
        near.filter(serves).or_else(|| far().filter(serves))
    }

    /// Would a load be answered with this entry at once?
    pub(crate) fn is_fresh(&self, entry: &Entry) -> bool {
        freshness::is_fresh(&self.region, entry, &self.accept.demand)
    }

    /// Removes the entry, in every process; was there one that could have served? Those of the same query on connections that were told
    /// something else are stale as well. May block.
    pub(crate) fn remove(&self) -> bool {
        let hit = self.peek(None).is_some();
        let (context, state) = self.parts();
        // First the slot: a fill in flight is refused from here on, and other processes' copies are stale.
        context.generations.bump(&[self.accept.key_slot]);
        state.remove(context, self.session.as_deref(), &self.accept);
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
