//! The tables that `.depends_on(…)` adds to a query.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::sql::TableName;

/// The tables that were passed to `.depends_on(…)`. The list lives as long as the process, so that copying a query does
/// not copy it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExtraTables {
    These(&'static [TableName]),
    /// Any table: there were too many lists to keep another.
    Everything,
}

/// The largest size of all lists, in bytes. A program usually has a few lists; only one that generates names reaches
/// the bound.
const CAPACITY: usize = 1 << 20;

/// The size of a name besides its characters, in bytes.
const OVERHEAD: usize = 32;

type Lists = HashSet<&'static [TableName], foldhash::fast::RandomState>;

/// All lists, and their size in bytes.
static KEPT: Mutex<Option<(Lists, usize)>> = Mutex::new(None);

thread_local! {
    /// The lists that this thread has used, found without a lock.
    static SEEN: RefCell<Lists> = RefCell::default();
}

impl ExtraTables {
    pub(crate) const NONE: Self = Self::These(&[]);

    /// Returns this list with more tables.
    pub(crate) fn and(self, more: impl IntoIterator<Item = TableName>) -> Self {
        let Self::These(before) = self else { return self };
        let mut all = before.to_vec();
        all.extend(more);
        all.sort_unstable();
        all.dedup();
        match keep(all) {
            Some(list) => Self::These(list),
            None => Self::Everything,
        }
    }
}

/// Returns the same list, kept for the rest of the process.
fn keep(list: Vec<TableName>) -> Option<&'static [TableName]> {
    if list.is_empty() {
        return Some(&[]);
    }
    let seen = SEEN.try_with(|seen| seen.borrow().get(&*list).copied());
    if let Ok(Some(kept)) = seen {
        return Some(kept);
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let (lists, bytes) = kept.get_or_insert_default();
    let list = match lists.get(&*list) {
        Some(list) => *list,
        None => {
            let more = list.iter().map(|name| name.as_str().len() + OVERHEAD).sum::<usize>();
            if *bytes + more > CAPACITY {
                return None;
            }
            *bytes += more;
            let list: &'static [TableName] = Vec::leak(list);
            lists.insert(list);
            list
        }
    };
    // Fails only while the thread ends.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().insert(list));
    Some(list)
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::sql::canonical;

    fn extra(names: &[&str]) -> ExtraTables {
        ExtraTables::NONE.and(names.iter().map(|name| canonical(name)))
    }

    fn list(extra: ExtraTables) -> &'static [TableName] {
        match extra {
            ExtraTables::These(list) => list,
            ExtraTables::Everything => panic!("there was no room"),
        }
    }

    #[test]
    fn one_list_is_kept_once() {
        let one = list(extra(&["b", "a"]));
        assert!(std::ptr::eq(one, list(extra(&["A", "b", "a"]))));
        assert!(std::ptr::eq(one, list(extra(&["b"]).and([canonical("a")]))));
        let elsewhere = std::thread::spawn(|| list(extra(&["a", "b"])).as_ptr().addr()).join();
        assert_eq!(elsewhere.ok(), Some(one.as_ptr().addr()));
        assert!(list(extra(&[])).is_empty());
    }
}
