//! The answer to a load of many keys, in each of its forms.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::many::{Keys, RowsPerKey};

/// The rows of each key, in the order of the sorted keys, and the places of the keys as they were given.
pub(super) struct Answers<K, R> {
    pub(super) rows: Vec<(K, Option<R>)>,
    pub(super) places: Vec<Option<usize>>,
}

impl<K, R> Answers<K, R> {
    /// The answer to a load without keys.
    pub(super) fn none(keys: Keys<K>) -> Self {
        Self {
            rows: Vec::new(),
            places: keys.places,
        }
    }
}

impl<K: Eq + Hash, U> Answers<K, Vec<U>> {
    pub(super) fn by_key<N: RowsPerKey>(self) -> HashMap<K, N::ByKey<U>> {
        let rows = self.rows.into_iter();
        rows.filter_map(|(key, rows)| Some((key, N::by_key(rows.unwrap_or_default())?)))
            .collect()
    }

    pub(super) fn in_order<N: RowsPerKey>(self) -> Vec<N::InOrder<U>>
    where
        U: Clone,
    {
        let mut rows: Vec<Option<Vec<U>>> = self.rows.into_iter().map(|(_, rows)| rows).collect();
        // How often each key is yet to be returned: the last time, its rows are moved.
        let mut times = vec![0_usize; rows.len()];
        for place in self.places.iter().flatten() {
            times[*place] += 1;
        }
        let take = |place: Option<usize>| {
            let place = place?;
            times[place] -= 1;
            match times[place] {
                0 => rows[place].take(),
                _ => rows[place].clone(),
            }
        };
        let taken: Vec<_> = self.places.into_iter().map(take).collect();
        taken
            .into_iter()
            .map(|rows| N::in_order(rows.unwrap_or_default()))
            .collect()
    }
}

impl<K, U> Answers<K, Arc<[U]>> {
    pub(super) fn shared(self) -> Vec<Arc<[U]>> {
        let nothing = || Arc::from(Vec::new());
        let rows = |place: Option<usize>| self.rows[place?].1.clone();
        self.places
            .iter()
            .map(|place| rows(*place).unwrap_or_else(nothing))
            .collect()
    }
}
