//! The shapes that are in use, in any process that shares the file.
//!
//! A reader that stamps entries by rows relies on every writer to move the slots of its shape. So it puts the shape on
//! the table's list first, and stamps by rows only after it has seen the slot of the whole table without a fence. A
//! writer fences the whole table first, and reads the list second. So one of the two sees the other: if the writer has
//! not seen the shape, it had set its fence before the reader looked.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use smallvec::SmallVec;

use super::layout::LIST_WORDS;
use super::map::Map;
use crate::generation::shape::{ShapeId, ShapeList};

type List = [AtomicU64; LIST_WORDS];

/// The shapes that are in use, as a writer reads them while its fence is set.
#[derive(Clone, Copy)]
pub(crate) struct Registry<'a>(pub(super) Option<&'a Map>);

impl Registry<'_> {
    /// Returns the shapes on a list. Some may belong to other tables.
    pub(in crate::generation) fn shapes(&self, list: ShapeList) -> SmallVec<[ShapeId; 8]> {
        let words = self.0.map(|map| &map.lists()[list.0 as usize]);
        let words = words.into_iter().flatten();
        words.map_while(|word| ShapeId::from_word(word.load(SeqCst))).collect()
    }
}

/// Puts a shape on a list. Returns `false` if the list is full.
pub(super) fn register(list: &List, shape: ShapeId) -> bool {
    list.iter().any(|word| {
        let known = match word.compare_exchange(0, shape.get(), SeqCst, SeqCst) {
            Ok(_) => return true,
            Err(known) => known,
        };
        known == shape.get()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(number: usize) -> ShapeId {
        ShapeId::new("", "person", [number.to_string().as_str()])
    }

    #[test]
    fn a_shape_is_listed_once_and_a_full_list_takes_no_other() {
        let map = Map::heap();
        let list = ShapeList::of("", "person");
        let line = &map.lists()[list.0 as usize];
        for _ in 0..2 {
            assert!((0..LIST_WORDS).all(|number| register(line, shape(number))));
        }
        assert!(!register(line, shape(LIST_WORDS)));
        let listed = Registry(Some(&map)).shapes(list);
        assert_eq!(listed.to_vec(), (0..LIST_WORDS).map(shape).collect::<Vec<_>>());
        assert!(Registry(None).shapes(list).is_empty());
        // The lists do not overlap the slots.
        assert!(map.lines().iter().flatten().all(|word| word.load(SeqCst) == 0));
    }
}
