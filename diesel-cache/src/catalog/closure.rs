//! What a read depends on, all steps taken.

use std::collections::{BTreeSet, HashMap};

use super::Facts;
use crate::generation::Slot;
use crate::tables::{TableName, Tables};

/// [`Facts`] of one namespace, closed: worked out once, looked up at every load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependencies {
    /// Of each table that depends on others: on which.
    closed: HashMap<TableName, Box<[Dependency]>>,
    /// A write to one of these may change any table.
    unbounded: Box<[Dependency]>,
}

/// Something that a read depends on.
#[derive(Clone, Debug)]
pub(crate) enum Dependency {
    Table(TableName, Slot),
    /// Any table at all.
    Everything,
}

impl Dependencies {
    pub(crate) fn of(facts: &Facts, namespace: &str) -> Self {
        let dependency = |table: &TableName| Dependency::Table(table.clone(), Slot::table(namespace, table.as_str()));
        let mut changed_by: HashMap<&TableName, BTreeSet<&TableName>> = HashMap::new();
        let mut opaque = BTreeSet::new();
        for (written, changed) in &facts.changes {
            match changed {
                Tables::Known(names) => names.iter().for_each(|name| {
                    changed_by.entry(name).or_default().insert(written);
                }),
                Tables::Everything => {
                    opaque.insert(written);
                }
            }
        }
        let step_back = |table: &TableName| changed_by.get(table).into_iter().flatten().copied();
        let unbounded: BTreeSet<&TableName> = reach(opaque, step_back);
        let readable: BTreeSet<&TableName> = facts.shows.keys().chain(changed_by.keys().copied()).collect();
        let closed = readable.into_iter().filter_map(|table| {
            let shown = reach([table].into(), |table| shown_by(facts, table));
            let opaque = |table: &&TableName| facts.shows.get(*table) == Some(&Tables::Everything);
            if shown.iter().any(opaque) {
                return Some((table.clone(), [Dependency::Everything].into()));
            }
            let all = reach(shown, step_back);
            let others: Box<[_]> = all
                .into_iter()
                .filter(|other| *other != table)
                .map(dependency)
                .collect();
            (!others.is_empty()).then(|| (table.clone(), others))
        });
        Self {
            closed: closed.collect(),
            unbounded: unbounded.into_iter().map(dependency).collect(),
        }
    }

    /// Calls `see` with what a read of `tables` depends on beside them; with some more than once.
    pub(crate) fn visit<'a>(&self, tables: impl IntoIterator<Item = &'a TableName>, mut see: impl FnMut(&Dependency)) {
        let mut reads = false;
        for table in tables {
            reads = true;
            self.closed.get(table).into_iter().flatten().for_each(&mut see);
        }
        if reads {
            self.unbounded.iter().for_each(see);
        }
    }
}

fn shown_by<'a>(facts: &'a Facts, table: &TableName) -> impl Iterator<Item = &'a TableName> + use<'a> {
    let shown = match facts.shows.get(table) {
        Some(Tables::Known(names)) => names.as_slice(),
        _ => &[],
    };
    shown.iter()
}

/// `start`, and everything that steps lead to from there. Circles end by themselves.
fn reach<'a, I>(start: BTreeSet<&'a TableName>, step: impl Fn(&'a TableName) -> I) -> BTreeSet<&'a TableName>
where
    I: Iterator<Item = &'a TableName>,
{
    let mut next: Vec<_> = start.iter().copied().collect();
    let mut reached = start;
    while let Some(table) = next.pop() {
        next.extend(step(table).filter(|&table| reached.insert(table)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Tables {
        match list {
            "*" => Tables::Everything,
            _ => list.split_whitespace().map(TableName::new).collect(),
        }
    }

    /// `v: a b` for what `v` shows, `a > b` for what a write to `a` changes.
    fn facts(lines: &[&str]) -> Facts {
        let mut facts = Facts::default();
        for line in lines {
            if let Some((view, shown)) = line.split_once(": ") {
                facts.add_shown(TableName::new(view), &names(shown));
            } else if let Some((written, changed)) = line.split_once(" > ") {
                facts.add_changed(TableName::new(written), &names(changed));
            }
        }
        facts
    }

    #[track_caller]
    fn depends(lines: &[&str], cases: &[(&str, &str)]) {
        let dependencies = Dependencies::of(&facts(lines), "");
        for (read, expected) in cases {
            let read = TableName::new(read);
            let mut seen = Tables::NONE;
            dependencies.visit([&read], |dependency| match dependency {
                Dependency::Table(table, slot) => {
                    assert_eq!(*slot, Slot::table("", table.as_str()));
                    seen.add(table.clone());
                }
                Dependency::Everything => seen = Tables::Everything,
            });
            assert_eq!(seen, names(expected), "{read}");
        }
    }

    #[test]
    fn cascades_are_followed_to_the_first_writer() {
        depends(
            &["a > b", "b > c d"],
            &[("a", ""), ("b", "a"), ("c", "a b"), ("d", "a b"), ("other", "")],
        );
    }

    #[test]
    fn circles_end() {
        depends(
            &["a > b", "b > c", "c > a b"],
            &[("a", "b c"), ("b", "a c"), ("c", "a b")],
        );
        depends(&["v: w", "w: v t", "t > t"], &[("v", "t w"), ("w", "t v"), ("t", "")]);
    }

    #[test]
    fn views_show_and_tables_that_they_join_stay_apart() {
        depends(
            &["v: a b", "v > a b", "w: v", "p > a"],
            &[("v", "a b p"), ("w", "a b p v"), ("a", "p v"), ("b", "v")],
        );
    }

    #[test]
    fn partitions_depend_on_their_table_and_it_on_them() {
        depends(&["t: t1 t2", "t > t1 t2"], &[("t", "t1 t2"), ("t1", "t"), ("t2", "t")]);
    }

    #[test]
    fn what_may_change_anything_is_in_every_read() {
        depends(
            &["a > *", "p > a", "v: x"],
            &[("a", "a p"), ("other", "a p"), ("v", "a p x")],
        );
        let none = Dependencies::of(&facts(&["a > *"]), "");
        none.visit([], |dependency| {
            panic!("a query without tables depends on {dependency:?}")
        });
    }

    #[test]
    fn a_view_of_anything_depends_on_everything() {
        depends(&["v: *", "w: v", "v > a"], &[("v", "*"), ("w", "*"), ("a", "v")]);
    }
}
