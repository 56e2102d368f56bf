//! Generations and fences: what makes an entry valid, and what keeps old rows out.
//!
//! `docs/protocol.md` in the repository states the promise that rests on this room, and why it holds.
//!
//! # The seam
//!
//! All other rooms use [`Generations`], [`Reading`], [`Registry`] and [`Fence`], which dispatch to the *holder* of the
//! generations: [`local`], a file that all processes of a machine map, or `cluster`, a server that machines share. A holder
//! is a folder here, a variant of these four (and of the fences of a doubt, in `doubt`), and an arm for each operation
//! below:
//!
//! | operation | caller | may it block? | what must hold |
//! | --- | --- | --- | --- |
//! | [`Generations::read`], [`Reading::is_valid`], [`Reading::generation`], [`Reading::epoch`] | each hit | never | `false` and `None` unless nothing has changed since the stamp, in any process, and nothing may be changing |
//! | [`Generations::read_lost`] | each load that finds no valid entry | never | as for `read`, but for what other processes have done since this one has lost the holder |
//! | [`Generations::stamp`] | each fill, before its query | only off a [task's step](crate::wait::TaskStep) | a write that becomes visible later moves a slot of the stamp, or fences it |
//! | [`Generations::fence`] | each write, before it is sent | yes | when it returns, no process reads or stores entries of these slots |
//! | [`Fence::lift`], [`Fence::doubt`], [`Fence::share`] | each write, when its outcome is known or unknown | yes | the slots move before the fence goes; without a known outcome it stays until the write can no longer happen |
//! | [`Generations::use_shape`] | the first read of rows by a shape | yes | every writer that fences the table from now on finds the shape, and no earlier one has its fence set any more |
//! | [`Registry::shapes`] | each write of rows, with its fence | yes | all shapes that `use_shape` has returned an epoch for |
//! | [`Generations::bump`], [`Generations::bump_with_rows`], [`Generations::claim`] | invalidation, values | yes | when it returns, every earlier stamp of these slots is invalid in every process |
//! | [`Generations::doubts_to_ask`], [`Generations::settle`] | a load that met a fence | yes | lifts only fences whose sessions are gone, or whose statements are over |
//! | [`Generations::written_by`] | `explain` | yes | for people; decides nothing |
//! | [`Generations::keep_history`], [`Generations::is_history_due`], [`Generations::record_history`] | connections to replicas, and their fills | yes | a snapshot holds generations that the slots had at some time before it is marked as taken |
//! | [`Generations::unchanged_for`] | each fill, after its stamp, before its query | never | no write of these slots became visible in that time, or is about to |
//! | [`Generations::sync`] | [`Cache::flush`](crate::Cache::flush) | yes | the generations survive the end of all processes |
//!
//! The holder is an enum and not a trait object, because a hit consists of little else than these calls. A `match` on
//! one variant costs nothing.
//!
#![doc = include_str!("protocol.md")]

mod clock;
#[cfg(feature = "redis")]
mod cluster;
mod definitions;
mod doubt;
mod fence;
mod hash;
mod history;
mod local;
mod monotonic;
mod options;
mod reading;
mod shape;
mod slot;
mod stamp;
mod written_by;

use std::io;
use std::path::Path;
use std::time::Duration;

#[cfg(test)]
pub(crate) use self::clock::BootClock;
#[cfg(feature = "redis")]
use self::cluster::Cluster;
#[cfg(feature = "redis")]
pub(crate) use self::cluster::{ClusterOptions, Incident, Report, Status as ClusterState};
pub(crate) use self::definitions::Definitions;
pub(crate) use self::doubt::{Begun, DatabaseSession, Doubt, DoubtPolicy};
pub(crate) use self::fence::Fence;
use self::local::Local;
pub(crate) use self::monotonic::Monotonic;
pub(crate) use self::options::{DOUBT_GRACE, GenerationOptions};
pub(crate) use self::reading::{Reading, Registry};
pub(crate) use self::shape::{ShapeId, ShapeList, ShapePart};
pub(crate) use self::slot::{Slot, SlotKind};
pub(crate) use self::stamp::{Claim, Stamp, Unstamped};
pub use self::written_by::WrittenBy;

/// The generations of a cache. Cheap to clone; all clones share the same state.
///
/// Open them once per process. After a `fork` without `exec`, the child must open its own: the two would share one
/// writer id, and lift each other's fences.
#[derive(Clone, Debug)]
pub(crate) enum Generations {
    Local(Local),
    #[cfg(feature = "redis")]
    Cluster(Cluster),
}

impl Generations {
    /// Opens generations of this process alone.
    pub(crate) fn in_process(options: GenerationOptions) -> Self {
        Self::Local(Local::in_process(options))
    }

    /// Opens the generations of a directory, which is created if necessary.
    ///
    /// # Errors
    ///
    /// If the file can be neither opened nor created.
    pub(crate) fn open(directory: &Path, options: GenerationOptions) -> io::Result<Self> {
        Local::open(directory, options).map(Self::Local)
    }

    /// Becomes a member of a cluster of machines. A coordinator that cannot be reached is joined later.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    #[cfg(feature = "redis")]
    pub(crate) fn join(cluster: ClusterOptions, options: GenerationOptions) -> io::Result<Self> {
        Cluster::join(cluster, options).map(Self::Cluster)
    }

    /// Returns the cluster of which this process is a member, if there is one.
    #[cfg(feature = "redis")]
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Local(_) => None,
            Self::Cluster(cluster) => Some(cluster),
        }
    }

    /// Returns a stamp with the current generations of these slots. Call it before the query that fills an entry.
    ///
    /// # Errors
    ///
    /// See [`Unstamped`].
    pub(crate) fn stamp(&self, slots: impl IntoIterator<Item = Slot>) -> Result<Stamp, Unstamped> {
        match self {
            Self::Local(local) => local.stamp(slots),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.stamp(slots),
        }
    }

    /// Returns `true` if no slot of the stamp has moved or is fenced, so that nothing has changed, or may be changing
    /// now. Every hit calls this, and every load that is about to store. Costs a few atomic loads.
    #[inline]
    pub(crate) fn is_valid(&self, stamp: &Stamp) -> bool {
        self.read().is_valid(stamp)
    }

    /// Returns the generation of a slot; `None` while it is fenced, or the holder cannot be reached.
    #[inline]
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        self.read().generation(slot)
    }

    /// Returns whose write fences a slot; `None` if no write does. May block.
    pub(crate) fn written_by(&self, slot: Slot) -> Option<WrittenBy> {
        match self {
            Self::Local(local) => local.written_by(slot),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.written_by(slot),
        }
    }

    /// Returns a view of the generations, for a decision that looks at several slots.
    #[inline]
    pub(crate) fn read(&self) -> Reading<'_> {
        match self {
            Self::Local(local) => Reading::Local(local.read()),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => Reading::Cluster(cluster.read()),
        }
    }

    /// Returns what was known when the holder could no longer be reached, if entries that were valid then may be served
    /// stale. What this process has written or invalidated since is fenced there.
    ///
    /// Worth a call when an entry is not valid: while the holder can be reached, the result is `None`.
    #[cold]
    pub(crate) fn read_lost(&self) -> Option<Reading<'_>> {
        match self {
            Self::Local(_) => None,
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.read_lost().map(Reading::Cluster),
        }
    }

    /// Moves these slots, without a fence: for an invalidation by hand, which accompanies no change in the database.
    pub(crate) fn bump(&self, slots: &[Slot]) {
        match self {
            Self::Local(local) => local.bump(slots),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.bump(slots),
        }
    }

    /// Invalidates like [`bump`](Self::bump): these slots, and those of the rows that `rows` returns for the shapes
    /// that are in use.
    pub(crate) fn bump_with_rows(&self, slots: &[Slot], rows: impl FnOnce(Registry<'_>) -> Vec<Slot>) {
        match self {
            Self::Local(local) => local.bump_with_rows(slots, |registry| rows(Registry::Local(registry))),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.bump_with_rows(slots, |registry| rows(Registry::Cluster(registry))),
        }
    }

    /// Returns the generations of all definitions. Call it before a catalog is read.
    pub(crate) fn definitions(&self) -> Definitions {
        let reading = self.read();
        // The epoch is read first. If it changes meanwhile, these generations belong to an epoch that is over, and are
        // never used.
        let epoch = reading.epoch().unwrap_or_default();
        let generations = Slot::definitions().map(|slot| reading.generation(slot));
        Definitions {
            epoch,
            generations: generations.collect(),
        }
    }

    /// Announces to all writers that entries are stamped with slots of this shape. `whole` is the slot of its table.
    ///
    /// Returns the epoch in which such stamps are safe: every writer that fences the table from now on finds the shape,
    /// and no earlier writer has its fence set any more. Returns `None` if the table is fenced now, or has too many
    /// shapes.
    pub(crate) fn use_shape(&self, list: ShapeList, shape: ShapeId, whole: Slot) -> Option<u64> {
        match self {
            Self::Local(local) => local.use_shape(list, shape, whole),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.use_shape(list, shape, whole),
        }
    }

    /// Invalidates like [`bump`](Self::bump), and returns the new generations, under which the caller alone may store.
    pub(crate) fn claim(&self, slots: &[Slot]) -> Option<Claim> {
        match self {
            Self::Local(local) => local.claim(slots),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.claim(slots),
        }
    }

    /// Keeps snapshots of the generations from now on, for loads from replicas with this lag. Takes the first one at
    /// once.
    pub(crate) fn keep_history(&self, lag: Duration) {
        match self {
            Self::Local(local) => local.keep_history(lag),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.keep_history(lag),
        }
    }

    /// Returns `true` if [`record_history`](Self::record_history) has something to do.
    pub(crate) fn is_history_due(&self) -> bool {
        match self {
            Self::Local(local) => local.is_history_due(),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.is_history_due(),
        }
    }

    /// Takes a snapshot of all generations, if one is due. This takes about a millisecond.
    pub(crate) fn record_history(&self) {
        match self {
            Self::Local(local) => local.record_history(),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.record_history(),
        }
    }

    /// Returns for how long, as far as this process knows, neither a slot of the stamp nor the soft slot has changed.
    /// `soft` is the soft slot with its generation, and `by_rows` says whether the stamp holds slots of rows. Call it
    /// after the stamp was taken, and before the query.
    pub(crate) fn unchanged_for(&self, stamp: &Stamp, soft: (Slot, u64), by_rows: bool) -> Duration {
        match self {
            Self::Local(local) => local.unchanged_for(stamp, soft, by_rows),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.unchanged_for(stamp, soft, by_rows),
        }
    }

    /// Waits until the generations are on disk.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self {
            Self::Local(local) => local.sync(),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.sync(),
        }
    }

    /// Fences the slots of a write that is about to become visible.
    ///
    /// Never fails, because the write goes on in any case. While the holder cannot be reached, nothing is valid in this
    /// process, and the fence is set as soon as the holder can be reached.
    ///
    /// `rows` is called once these slots are fenced. Given the shapes that are in use, it returns slots of rows, which
    /// are fenced as well.
    pub(crate) fn fence(
        &self,
        slots: &[Slot],
        policy: DoubtPolicy,
        rows: impl FnOnce(Registry<'_>) -> Vec<Slot>,
    ) -> Fence {
        match self {
            Self::Local(local) => {
                Fence::Local(local.fence_with_rows(slots, policy, |registry| rows(Registry::Local(registry))))
            }
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => {
                Fence::Cluster(cluster.fence(slots, policy, |registry| rows(Registry::Cluster(registry))))
            }
        }
    }

    /// Returns `true` if [`doubts_to_ask`](Self::doubts_to_ask) may return something. Costs an atomic load.
    #[cfg(feature = "async")]
    pub(crate) fn is_time_to_ask(&self) -> bool {
        match self {
            Self::Local(local) => local.is_time_to_ask(),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.is_time_to_ask(),
        }
    }

    /// Returns the doubts about which this database should be asked now; none if it was asked a moment ago. Call it
    /// when [`stamp`](Self::stamp) has met a fence.
    pub(crate) fn doubts_to_ask(&self, database: &str) -> Vec<Doubt> {
        match self {
            Self::Local(local) => local.doubts_to_ask(database),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.doubts_to_ask(database),
        }
    }

    /// Lifts the fences of a doubt that the caller has found to be over. Returns `true` if there were any.
    pub(crate) fn settle(&self, doubt: &Doubt) -> bool {
        match self {
            Self::Local(local) => local.settle(doubt),
            #[cfg(feature = "redis")]
            Self::Cluster(cluster) => cluster.settle(doubt),
        }
    }
}
