//! The lists of shapes that are in use, as far as this process knows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::generation::{ShapeId, ShapeList, Slot};

/// Which shapes are in use, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct ShapeLists {
    pub(super) lists: HashMap<ShapeList, Vec<ShapeId>>,
    /// Those of all lists.
    pub(super) all: Arc<HashSet<ShapeId>>,
    /// How often the coordinator's lists have taken the place of these.
    pub(super) takes: u64,
    /// The last event that has listed one of them.
    pub(super) seq: u64,
    /// Those that this process wants to use, and has not announced yet.
    pub(super) wanted: Vec<Wanted>,
    /// Those that it has announced: the epoch, and whether it may use them there.
    pub(super) announced: HashMap<ShapeId, (u64, bool)>,
}

/// A shape that this process wants to use, and the slot of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) list: ShapeList,
    pub(super) shape: ShapeId,
    pub(super) whole: Slot,
}
