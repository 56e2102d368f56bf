//! What a connection's writes move, remembered: most connections write to few tables, again and again, and a slot's place is a SHA-256.

use crate::Cache;
use crate::generation::Slot;
use crate::tables::Writes;

/// A connection that writes in more ways than this begins anew. Each set of columns that an UPDATE sets is one.
const MOST: usize = 64;

/// Writes, and their slots in the one cache of an observer.
#[derive(Debug, Default)]
pub(super) struct Moved(Vec<(Writes, Vec<Slot>)>);

impl Moved {
    /// Everything that these writes move in this cache, which is the same at each call.
    pub(super) fn slots(&mut self, cache: &Cache, writes: &Writes) -> &[Slot] {
        let place = match self.0.iter().position(|(known, _)| known == writes) {
            Some(place) => place,
            None => {
                if self.0.len() == MOST {
                    self.0.clear();
                }
                self.0.push((writes.clone(), cache.write_slots(writes)));
                self.0.len() - 1
            }
        };
        // The same again is found at once.
        self.0.swap(0, place);
        &self.0[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Operations, canonical};

    #[test]
    fn what_is_remembered_is_what_would_be_derived() {
        let cache = Cache::builder().build().unwrap();
        let mut moved = Moved::default();
        for round in 0..3 {
            for table in 0..=MOST + round {
                let writes = Writes::one(canonical(&format!("table{table}")), Operations::INSERT);
                assert_eq!(moved.slots(&cache, &writes), cache.write_slots(&writes));
                assert!(moved.0.len() <= MOST);
            }
        }
        assert_eq!(
            moved.slots(&cache, &Writes::Everything),
            cache.write_slots(&Writes::Everything)
        );
        assert!(moved.slots(&cache, &Writes::Nothing).is_empty());
    }
}
