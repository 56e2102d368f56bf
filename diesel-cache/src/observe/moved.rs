//! What a connection's writes move, remembered: most connections write to few tables, again and again, and a slot's place is a SHA-256.

use crate::Cache;
use crate::generation::Slot;
use crate::tables::Tables;

/// A connection that writes to more sets of tables than this begins anew.
const MOST: usize = 16;

/// Sets of tables, and their slots in the one cache of an observer.
#[derive(Debug, Default)]
pub(super) struct Moved(Vec<(Tables, Vec<Slot>)>);

impl Moved {
    /// Everything that a write to these tables moves in this cache, which is the same at each call.
    pub(super) fn slots(&mut self, cache: &Cache, writes: &Tables) -> &[Slot] {
        let place = match self.0.iter().position(|(tables, _)| tables == writes) {
            Some(place) => place,
            None => {
                if self.0.len() == MOST {
                    self.0.clear();
                }
                self.0.push((writes.clone(), cache.write_slots(writes)));
                self.0.len() - 1
            }
        };
        &self.0[place].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::canonical;

    #[test]
    fn what_is_remembered_is_what_would_be_derived() {
        let cache = Cache::builder().build().unwrap();
        let mut moved = Moved::default();
        for round in 0..3 {
            for table in 0..=MOST + round {
                let writes = Tables::one(canonical(&format!("table{table}")));
                assert_eq!(moved.slots(&cache, &writes), cache.write_slots(&writes));
                assert!(moved.0.len() <= MOST);
            }
        }
        assert_eq!(
            moved.slots(&cache, &Tables::Everything),
            cache.write_slots(&Tables::Everything)
        );
        assert!(moved.slots(&cache, &Tables::NONE).is_empty());
    }
}
