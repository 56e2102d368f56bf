//! Views of the generations and of the shapes, each for the length of one decision.

use smallvec::SmallVec;

#[cfg(feature = "redis")]
use super::cluster;
use super::local;
use super::shape::{ShapeId, ShapeList};
use super::slot::Slot;
use super::stamp::Stamp;

/// A view of the generations, for the length of one decision. All calls go to the same file or mirror.
pub(crate) enum Reading<'a> {
    Local(local::Reading<'a>),
    #[cfg(feature = "redis")]
    Cluster(cluster::Reading),
}

impl Reading<'_> {
    /// See [`Generations::is_valid`](super::Generations::is_valid).
    #[inline]
    pub(crate) fn is_valid(&self, stamp: &Stamp) -> bool {
        match self {
            Self::Local(reading) => reading.is_valid(stamp),
            #[cfg(feature = "redis")]
            Self::Cluster(reading) => reading.is_valid(stamp),
        }
    }

    /// Returns the epoch; `None` if the holder cannot be reached.
    #[inline]
    pub(crate) fn epoch(&self) -> Option<u64> {
        match self {
            Self::Local(reading) => reading.epoch(),
            #[cfg(feature = "redis")]
            Self::Cluster(reading) => reading.epoch(),
        }
    }

    /// See [`Generations::generation`](super::Generations::generation).
    #[inline]
    pub(crate) fn generation(&self, slot: Slot) -> Option<u64> {
        match self {
            Self::Local(reading) => reading.generation(slot),
            #[cfg(feature = "redis")]
            Self::Cluster(reading) => reading.generation(slot),
        }
    }
}

/// The shapes by which entries are stamped, in any process.
pub(crate) enum Registry<'a> {
    Local(local::Registry<'a>),
    #[cfg(feature = "redis")]
    Cluster(cluster::Registry<'a>),
}

impl Registry<'_> {
    /// Returns the shapes on a list: those that are in use for its table, and possibly some of other tables.
    pub(crate) fn shapes(&self, list: ShapeList) -> SmallVec<[ShapeId; 8]> {
        match self {
            Self::Local(registry) => registry.shapes(list),
            #[cfg(feature = "redis")]
            Self::Cluster(registry) => registry.shapes(list),
        }
    }
}
