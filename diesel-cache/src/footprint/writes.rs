//! The slots that the writes of one connection move.

use std::sync::Arc;

use super::Catalogs;
use super::slots::moved_by;
use crate::generation::Slot;
use crate::namespace::Namespace;
use crate::sql::{Analysis, StatementFacts, Writes};

/// The number of memoised writes of a connection. Each set of columns that an UPDATE sets is one; past the bound, the
/// memo starts anew.
const CAPACITY: usize = 64;

/// Writes and their slots, in one namespace.
///
/// Most connections write to few tables, again and again, and the position of a slot is a SHA-256.
#[derive(Debug, Default)]
pub(crate) struct WrittenSlots(Vec<(Writes, Vec<Slot>)>);

impl WrittenSlots {
    /// Returns everything that these writes move in the namespace, which must be the same at each call.
    pub(crate) fn get(&mut self, namespace: &str, writes: &Writes) -> &[Slot] {
        let place = match self.0.iter().position(|(known, _)| known == writes) {
            Some(place) => place,
            None => {
                if self.0.len() == CAPACITY {
                    self.0.clear();
                }
                self.0.push((writes.clone(), moved_by(namespace, writes)));
                self.0.len() - 1
            }
        };
        // The write that comes next is probably the same: find it first.
        self.0.swap(0, place);
        &self.0[0].1
    }
}

/// Adds to the analysis of a text `sql` the known effects of its statements that the text does not show.
#[inline]
pub(crate) fn with_side_effects(
    catalogs: &Catalogs,
    namespace: &Namespace,
    analysis: Arc<Analysis>,
    sql: &str,
) -> Arc<Analysis> {
    if !catalogs.have_side_effects() {
        return analysis;
    }
    let of = |statement: &StatementFacts| catalogs.side_effect_of(namespace.shared(), statement, sql);
    analysis.with_side_effects(of).map_or(analysis, Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Operations, canonical};

    #[test]
    fn memoised_slots_are_the_derived_ones() {
        let mut memo = WrittenSlots::default();
        for round in 0..3 {
            for table in 0..=CAPACITY + round {
                let writes = Writes::one(canonical(&format!("table{table}")), Operations::INSERT);
                assert_eq!(memo.get("tenant", &writes), moved_by("tenant", &writes));
                assert!(memo.0.len() <= CAPACITY);
            }
        }
        assert_eq!(
            memo.get("tenant", &Writes::Everything),
            moved_by("tenant", &Writes::Everything)
        );
        assert!(memo.get("tenant", &Writes::Nothing).is_empty());
    }
}
