//! What the next load of a query would be, and why, without querying.

use super::probe::{Probe, SharedRead};
use super::request::Request;
use super::spec::Access;
use crate::event::{BypassReason, InvalidationCause, MissReason, RefusalReason, Tier};
#[cfg(feature = "redis")]
use crate::generation::Unstamped;
use crate::generation::{Slot, WrittenBy};

/// What the next load of a query would be; from [`Explanation::outcome`](crate::Explanation::outcome).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// An entry answers.
    #[non_exhaustive]
    Hit {
        /// Where the entry is.
        tier: Tier,
        /// Whether the entry has outlived its time, or may be out of date because the process has lost its cluster, and
        /// serves because its rows could not be replaced now.
        stale: bool,
    },
    /// There is no entry that may be returned: the load queries the database.
    #[non_exhaustive]
    Miss {
        /// Why.
        reason: MissReason,
        /// What has invalidated the entry, if it was [`Invalidated`](MissReason::Invalidated).
        cause: Option<InvalidationCause>,
    },
    /// The load queries the database without using the cache.
    Bypass(BypassReason),
}

/// The outcome of a load, and what would become of its rows.
#[derive(Clone, Debug)]
pub(crate) struct Forecast {
    pub(crate) outcome: Outcome,
    pub(crate) rows: RowsForecast,
    /// If the outcome is [`BypassReason::BeingWritten`]: whose write fences the slots, and which of the given tables
    /// are fenced, by position.
    pub(crate) fenced: Option<(WrittenBy, Vec<usize>)>,
}

/// What becomes of the rows of a load that queries the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsForecast {
    Stored,
    Refused(RefusalReason),
    /// The load is in a transaction.
    NotStored,
    /// The load may not query.
    NotRead,
}

impl Request {
    /// Returns what the next load would be. `tables` are the slots of whole tables, from which [`Forecast::fenced`]
    /// names those that are fenced. May block.
    pub(crate) fn forecast(&self, tables: &[Slot]) -> Forecast {
        let outcome = match self.access {
            Access::Bypass(reason) => Outcome::Bypass(reason),
            _ => self.look(),
        };
        let rows = match self.access {
            _ if self.options.only_if_cached => RowsForecast::NotRead,
            Access::Bypass(_) | Access::ReadOnly => RowsForecast::NotStored,
            Access::Full | Access::Replica(_) => match self.may_be_current() {
                true => RowsForecast::Stored,
                false => RowsForecast::Refused(RefusalReason::ReplicaLag),
            },
        };
        let would_fill = matches!(outcome, Outcome::Miss { .. }) && self.may_store();
        if would_fill && self.has_no_lease() {
            return Forecast {
                outcome: Outcome::Bypass(BypassReason::NoLease),
                rows: RowsForecast::NotStored,
                fenced: None,
            };
        }
        let fence = would_fill.then(|| self.fence()).flatten();
        let generations = &self.core().cache.generations;
        let is_fenced = |(_, slot): &(usize, &Slot)| generations.generation(**slot).is_none();
        Forecast {
            outcome: fence.map_or(outcome, |_| Outcome::Bypass(BypassReason::BeingWritten)),
            rows: fence.map_or(rows, |_| RowsForecast::NotStored),
            fenced: fence.map(|by| {
                let fenced = tables.iter().enumerate().filter(is_fenced);
                (by, fenced.map(|(at, _)| at).collect())
            }),
        }
    }

    /// Returns `true` if this process is a member of a cluster, and has no lease now.
    fn has_no_lease(&self) -> bool {
        #[cfg(feature = "redis")]
        return self.stamp() == Err(Unstamped::NoLease);
        #[cfg(not(feature = "redis"))]
        false
    }

    /// Returns whose write fences a slot on which the rows depend; `None` if none does.
    fn fence(&self) -> Option<WrittenBy> {
        self.stamp().is_err().then_some(())?;
        let generations = &self.core().cache.generations;
        self.entry.slots().find_map(|slot| generations.written_by(slot))
    }

    fn look(&self) -> Outcome {
        if self.options.refresh {
            return MissReason::Refresh.into();
        }
        match self.look_everywhere() {
            Probe::Fresh(_, tier) => Outcome::Hit { tier, stale: false },
            Probe::Stale(_, tier, staleness)
                if staleness.while_revalidate && !(self.may_store() && self.may_be_current()) =>
            {
                Outcome::Hit { tier, stale: true }
            }
            Probe::Unconfirmed(_, tier) => Outcome::Hit { tier, stale: true },
            Probe::Stale(_, _, staleness) => staleness.reason.into(),
            Probe::Miss(miss) => Outcome::Miss {
                reason: miss.reason,
                cause: miss.cause,
            },
        }
    }

    /// Looks into the tiers in the order of a load, without recording or changing anything.
    fn look_everywhere(&self) -> Probe {
        let in_memory = self.peek_memory();
        if in_memory.is_best() {
            return in_memory;
        }
        match (self.scope.read_shared(&self.entry), in_memory) {
            (SharedRead::Absent, in_memory) => in_memory,
            (SharedRead::Entry(entry, tier), in_memory) => match (in_memory, self.judge(entry, tier)) {
                (stale @ Probe::Stale(..), Probe::Miss(_)) => stale,
                (_, found) => found,
            },
            (SharedRead::Corrupt | SharedRead::Failed(_), _) => Probe::Miss(MissReason::Corrupt.into()),
        }
    }
}

impl From<MissReason> for Outcome {
    fn from(reason: MissReason) -> Self {
        Self::Miss { reason, cause: None }
    }
}
