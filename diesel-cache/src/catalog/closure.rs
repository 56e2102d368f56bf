//! What a read depends on, all steps taken.

use std::collections::{BTreeSet, HashMap};

use super::Facts;
use crate::tables::{TableName, Tables};

/// [`Facts`], closed: worked out once, looked up at every load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dependencies {
    /// Of each table that depends on others: on which.
    closed: HashMap<TableName, Tables>,
    /// A write to one of these may change any table.
    unbounded: Vec<TableName>,
}

/// Something that a read depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dependency<'a> {
    Table(&'a TableName),
    /// Any table at all.
    Everything,
}

impl Dependencies {
    pub(crate) fn of(facts: &Facts) -> Self {
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
                return Some((table.clone(), Tables::Everything));
            }
            let all = reach(shown, step_back);
            let others: Tables = all.into_iter().filter(|other| *other != table).cloned().collect();
            (!others.is_empty()).then(|| (table.clone(), others))
        });
        Self {
            closed: closed.collect(),
            unbounded: unbounded.into_iter().cloned().collect(),
        }
    }

    /// Calls `see` with what a read of `tables` depends on beside them; with some more than once.
    pub(crate) fn visit<'a>(
        &self,
        tables: impl IntoIterator<Item = &'a TableName>,
        mut see: impl FnMut(Dependency<'_>),
    ) {
        let mut reads = false;
        for table in tables {
            reads = true;
            match self.closed.get(table) {
                Some(Tables::Known(others)) => others.iter().for_each(|other| see(Dependency::Table(other))),
                Some(Tables::Everything) => see(Dependency::Everything),
                None => {}
            }
        }
        if reads {
            self.unbounded.iter().for_each(|table| see(Dependency::Table(table)));
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
        let dependencies = Dependencies::of(&facts(lines));
        for (read, expected) in cases {
            let read = TableName::new(read);
            let mut seen = Tables::NONE;
            dependencies.visit([&read], |dependency| match dependency {
                Dependency::Table(table) => seen.add(table.clone()),
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
        let none = Dependencies::of(&facts(&["a > *"]));
        none.visit([], |dependency| {
            panic!("a query without tables depends on {dependency:?}")
        });
    }

    #[test]
    fn a_view_of_anything_depends_on_everything() {
        depends(&["v: *", "w: v", "v > a"], &[("v", "*"), ("w", "*"), ("a", "v")]);
    }
}
