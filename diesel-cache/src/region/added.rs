//! The tables that a query is said to depend on.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::tables::TableName;

/// What `.depends_on(…)` was given: a list that lives as long as the process, so that a query is copied without it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Added {
    Tables(&'static [TableName]),
    /// There were too many lists to keep another: any table.
    Everything,
}

/// So many bytes of lists are kept. A program has a few; one that makes names up reaches this, and has lists no more.
const MOST: usize = 1 << 20;

/// What a name takes beside its letters.
const OVERHEAD: usize = 32;

type Lists = HashSet<&'static [TableName], foldhash::fast::RandomState>;

/// All lists, and their bytes.
static KEPT: Mutex<Option<(Lists, usize)>> = Mutex::new(None);

thread_local! {
    /// Those that this thread has used: found without a lock.
    static SEEN: RefCell<Lists> = RefCell::default();
}

impl Added {
    pub(crate) const NONE: Self = Self::Tables(&[]);

    /// This list and more.
    pub(crate) fn and(self, more: impl IntoIterator<Item = TableName>) -> Self {
        let Self::Tables(before) = self else { return self };
        let mut all = before.to_vec();
        all.extend(more);
        all.sort_unstable();
        all.dedup();
        match keep(all) {
            Some(list) => Self::Tables(list),
            None => Self::Everything,
        }
    }
}

/// The same list, for good.
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
            if *bytes + more > MOST {
                return None;
            }
            *bytes += more;
            let list: &'static [TableName] = Vec::leak(list);
            lists.insert(list);
            list
        }
    };
    // Fails only while the thread ends, when there is nothing to gain any more.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().insert(list));
    Some(list)
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::tables::canonical;

    fn added(names: &[&str]) -> Added {
        Added::NONE.and(names.iter().map(|name| canonical(name)))
    }

    fn list(added: Added) -> &'static [TableName] {
        match added {
            Added::Tables(list) => list,
            Added::Everything => panic!("there was no room"),
        }
    }

    #[test]
    fn one_list_is_kept_once() {
        let one = list(added(&["b", "a"]));
        assert!(std::ptr::eq(one, list(added(&["A", "b", "a"]))));
        assert!(std::ptr::eq(one, list(added(&["b"]).and([canonical("a")]))));
        let elsewhere = std::thread::spawn(|| list(added(&["a", "b"])).as_ptr().addr()).join();
        assert_eq!(elsewhere.ok(), Some(one.as_ptr().addr()));
        assert!(list(added(&[])).is_empty());
    }
}
