//! Which shapes are in use, by any member.
//!
//! As in one file (`local/registry.rs`), a reader lists a shape before it looks at the whole table, and a writer fences
//! the whole table before it reads the list. The coordinator runs one script at a time, so one of the two sees the other.
//!
//! A writer computes the slots of its rows by the list that its process knows. If the coordinator's is longer, it moves
//! what stands for rows of unknown values of the shapes that it did not know.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use smallvec::SmallVec;

use super::commands::{Call, number};
use super::failure::Failure;
use super::lists::Wanted;
use super::mirror::Mirror;
use super::scripts::Script;
use super::state::State;
use crate::generation::{ShapeId, ShapeList, ShapePart, Slot};

/// The most shapes on a list, as in `local/layout.rs`.
const MOST: usize = 16;

/// The lists at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct ShapesSeen {
    seq: u64,
    join: u64,
    takes: u64,
    shapes: Arc<HashSet<ShapeId>>,
}

/// The shapes that are in use, for a writer.
#[derive(Clone, Copy)]
pub(crate) struct Registry<'a>(pub(super) &'a State);

impl Registry<'_> {
    pub(in crate::generation) fn shapes(&self, list: ShapeList) -> SmallVec<[ShapeId; 8]> {
        let shapes = self.0.shapes();
        shapes.lists.get(&list).into_iter().flatten().copied().collect()
    }
}

impl State {
    /// Returns what is known of the lists. Call it before the slots of a write are computed.
    pub(super) fn known_shapes(&self) -> ShapesSeen {
        let join = self.progress().joins;
        let shapes = self.shapes();
        ShapesSeen {
            seq: shapes.seq,
            join,
            takes: shapes.takes,
            shapes: Arc::clone(&shapes.all),
        }
    }

    /// Returns what was known while slots were computed. If the lists were replaced meanwhile, that is nothing.
    pub(super) fn still_known(&self, known: ShapesSeen) -> ShapesSeen {
        match self.shapes().takes == known.takes {
            true => known,
            false => ShapesSeen::default(),
        }
    }

    /// Returns what stands for unknown rows of the shapes that were listed since, and notes that they are known.
    /// `listed` is the coordinator's last event that has listed one.
    pub(super) fn listed_since(
        &self,
        mirror: &Mirror,
        known: &mut ShapesSeen,
        listed: u64,
    ) -> Result<Vec<Slot>, Failure> {
        if known.join == mirror.join && listed <= known.seq {
            return Ok(Vec::new());
        }
        self.wait_until_applied(mirror, listed)?;
        let before = Arc::clone(&known.shapes);
        *known = ShapesSeen {
            join: mirror.join,
            ..self.known_shapes()
        };
        let new = known.shapes.difference(&before);
        Ok(new.map(|shape| Slot::of_shape(*shape, ShapePart::Unknown)).collect())
    }

    /// Waits until this member has applied an event.
    pub(super) fn wait_until_applied(&self, mirror: &Mirror, seq: u64) -> Result<(), Failure> {
        let end = self.clock.since_boot() + self.lease();
        let mut progress = self.progress();
        while mirror.applied() < seq {
            if !progress.is_member_by(mirror.join) {
                return Err(Failure::OtherEpoch);
            }
            if self.clock.since_boot() >= end {
                return Err(Failure::Gap);
            }
            progress = self.wait(progress, end);
        }
        Ok(())
    }

    /// See [`Generations::use_shape`](crate::generation::Generations::use_shape). Never waits: the courier announces the
    /// shape, and a later call returns the epoch.
    pub(super) fn use_shape(&self, list: ShapeList, shape: ShapeId, whole: Slot) -> Option<u64> {
        let serving = self.serving()?;
        let mirror = serving.as_ref()?;
        let mut shapes = self.shapes();
        if let Some((epoch, is_usable)) = shapes.announced.get(&shape)
            && *epoch == mirror.epoch
        {
            return is_usable.then_some(*epoch);
        }
        let wanted = Wanted { list, shape, whole };
        if !shapes.wanted.contains(&wanted) {
            shapes.wanted.push(wanted);
            drop(shapes);
            self.advance(|progress| progress.has_errand = true);
        }
        None
    }

    /// Announces the shapes that this process wants to use.
    pub(super) fn announce(&self, mirror: &Mirror) -> Result<(), Failure> {
        let wanted = self.shapes().wanted.clone();
        for it in wanted {
            let call = Call {
                script: Script::Shape,
                arguments: vec![
                    it.list.0.to_string().into_bytes(),
                    it.shape.get().to_le_bytes().into(),
                    MOST.to_string().into_bytes(),
                ],
            };
            let reply = self.call(mirror, call)?;
            let seq = reply.first().ok_or(Failure::Malformed)?;
            let is_usable = match number(seq) {
                Some(seq) => {
                    self.wait_until_applied(mirror, seq)?;
                    // A table that is being written is asked for again.
                    mirror.generation(it.whole).map(|_| true)
                }
                // The list is full, and stays so in this epoch.
                None => Some(false),
            };
            let mut shapes = self.shapes();
            shapes.wanted.retain(|other| *other != it);
            if let Some(is_usable) = is_usable {
                shapes.announced.insert(it.shape, (mirror.epoch, is_usable));
            }
            if is_usable == Some(true) {
                self.history.shape_used();
            }
        }
        Ok(())
    }

    /// Notes a shape that any member has listed.
    pub(super) fn shape_listed(&self, list: ShapeList, shape: ShapeId, seq: u64) {
        let mut shapes = self.shapes();
        let listed = shapes.lists.entry(list).or_default();
        if !listed.contains(&shape) {
            listed.push(shape);
            Arc::make_mut(&mut shapes.all).insert(shape);
        }
        shapes.seq = shapes.seq.max(seq);
    }

    /// Returns how many fences others may lift as well.
    pub(super) fn count_begun(&self) {
        // Stored under the lock, so that an older count does not follow a newer one.
        let held = self.held();
        self.begun.store(held.begun_count(), SeqCst);
    }
}
