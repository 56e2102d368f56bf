//! The counts of hits by statement: one cell for each statement and stripe, so that threads do not contend.
//!
//! Eight cells fill the two cache lines that processors prefetch together. So a block holds eight statements, and each
//! stripe has a [`Line`] of its own in it.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

use super::super::counters::{STRIPES, add_in, stripe};

/// The number of cells in a block.
const CELLS: usize = 8;

/// What the hits of one statement have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) hits: u64,
    /// In microseconds.
    pub(super) saved: u64,
}

impl Sum {
    /// Returns what was counted since the sum `before` of the same cells.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            hits: self.hits.wrapping_sub(before.hits),
            saved: self.saved.wrapping_sub(before.saved),
        }
    }
}

#[derive(Default)]
pub(super) struct Cell {
    hits: AtomicU64,
    saved: AtomicU64,
}

impl Cell {
    /// Counts a hit, on a thread of this stripe.
    #[inline]
    pub(super) fn count(&self, stripe: usize, saved: u64) {
        add_in(stripe, &self.hits, 1);
        add_in(stripe, &self.saved, saved);
    }
}

/// The cells of one stripe. Threads of different stripes never write to the same line.
#[repr(align(128))]
#[derive(Default)]
struct Line([Cell; CELLS]);

struct Block {
    /// The tenancy of each place; 0 if the place was never used.
    tenants: [AtomicU32; CELLS],
    lines: [Line; STRIPES],
}

impl Block {
    fn new() -> Box<Self> {
        Box::new(Self {
            tenants: array::from_fn(|_| AtomicU32::new(0)),
            lines: array::from_fn(|_| Line::default()),
        })
    }
}

/// A place among the cells, and the number of its tenancy, packed into a number that fits into an entry; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenancy(u64);

impl Tenancy {
    fn new(place: u32, tenant: u32) -> Self {
        Self(u64::from(tenant) << 32 | u64::from(place))
    }

    pub(super) fn of(number: u64) -> Self {
        Self(number)
    }

    pub(super) fn number(self) -> u64 {
        self.0
    }

    pub(super) fn place(self) -> u32 {
        self.0 as u32
    }

    fn tenant(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// The cells of a region's statements. A block is allocated when one of its places is first used.
pub(super) struct Cells(Box<[OnceLock<Box<Block>>]>);

impl Cells {
    pub(super) fn new(places: usize) -> Self {
        Self((0..places.div_ceil(CELLS)).map(|_| OnceLock::new()).collect())
    }

    /// Returns the cell of a tenancy in a stripe; `None` if the tenancy is over.
    #[inline]
    pub(super) fn of(&self, tenancy: Tenancy, stripe: usize) -> Option<&Cell> {
        let (block, cell) = split(tenancy.place());
        let block = self.0.get(block)?.get()?;
        // An entry that has no statement yet has the tenancy 0, like a place that was never used.
        let is_tenant = tenancy.tenant() != 0 && block.tenants[cell].load(Relaxed) == tenancy.tenant();
        is_tenant.then(|| &block.lines[stripe].0[cell])
    }

    /// Counts a hit. Returns `false`, and counts nothing, if the tenancy is over.
    #[inline]
    pub(super) fn hit(&self, tenancy: Tenancy, saved: u64) -> bool {
        let stripe = stripe();
        let cell = self.of(tenancy, stripe);
        if let Some(cell) = cell {
            cell.count(stripe, saved);
        }
        cell.is_some()
    }

    /// Begins a new tenancy of a place. Threads that are about to count for the previous one may still do so.
    pub(super) fn let_to_next(&self, place: u32) -> Option<Tenancy> {
        let (block, cell) = split(place);
        let block = self.0.get(block)?.get_or_init(Block::new);
        let tenant = &block.tenants[cell];
        // Only callers that hold the list's lock change tenancies. The number 0 is skipped, because it means "none".
        let next = tenant.load(Relaxed).checked_add(1).unwrap_or(1);
        tenant.store(next, SeqCst);
        Some(Tenancy::new(place, next))
    }

    /// Returns everything that was ever counted in a place.
    pub(super) fn sum(&self, place: u32) -> Sum {
        let (block, cell) = split(place);
        let mut sum = Sum::default();
        if let Some(block) = self.0.get(block).and_then(OnceLock::get) {
            for line in &block.lines {
                let Cell { hits, saved } = &line.0[cell];
                sum.hits = sum.hits.wrapping_add(hits.load(Relaxed));
                sum.saved = sum.saved.wrapping_add(saved.load(Relaxed));
            }
        }
        sum
    }
}

fn split(place: u32) -> (usize, usize) {
    let place = place as usize;
    (place / CELLS, place % CELLS)
}
