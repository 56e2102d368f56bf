//! The closure of the facts: what a read depends on, through any number of steps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::slots::{Watched, watched};
use crate::catalog::{Effect, Facts, Pass, Passed};
use crate::sql::{Column, Columns, Operations, TableName, Tables, Writes};

/// The closure of the [`Facts`] of one namespace, which is computed once, and looked up at every load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependencies {
    /// The dependencies of each table that depends on others.
    closed: HashMap<TableName, Box<[Dependency]>>,
    /// The operations that may change any table.
    unbounded: Box<[Dependency]>,
}

/// Something on which a read depends.
#[derive(Clone, Debug)]
pub(crate) enum Dependency {
    /// Some operations on a table, and the slots that they move.
    Table(TableName, Operations, Watched),
    /// Any table at all.
    Everything,
}

impl Dependencies {
    pub(crate) fn of(facts: &Facts, namespace: &str) -> Self {
        let dependency = |(table, operations): (&TableName, &Operations)| {
            Dependency::Table(table.clone(), operations.clone(), watched(namespace, table, operations))
        };
        let steps = Steps::of(facts);
        let readable = facts.shows.keys().chain(steps.targets());
        let readable: BTreeSet<&TableName> = readable.collect();
        let closed = readable.into_iter().filter_map(|table| {
            let shown = shown_by(facts, table);
            let opaque = |table: &&TableName| facts.shows.get(*table) == Some(&Tables::Everything);
            if shown.iter().any(opaque) {
                return Some((table.clone(), [Dependency::Everything].into()));
            }
            let causes = steps.causes(shown.into_iter().map(|table| (table, Operations::ALL)));
            let others = causes.iter().filter(|(other, _)| **other != table);
            let others: Box<[_]> = others
                .map(|(table, operations)| dependency((*table, operations)))
                .collect();
            (!others.is_empty()).then(|| (table.clone(), others))
        });
        let unbounded = steps.unbounded();
        Self {
            closed: closed.collect(),
            unbounded: unbounded
                .iter()
                .map(|(table, operations)| dependency((*table, operations)))
                .collect(),
        }
    }

    /// Returns each table that depends on others, sorted, with each of its dependencies; and `None` with those of every
    /// table.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<&TableName>, &Dependency)> {
        let tables: BTreeMap<_, _> = self.closed.iter().collect();
        let of_tables = tables
            .into_iter()
            .flat_map(|(table, dependencies)| dependencies.iter().map(move |dependency| (Some(table), dependency)));
        of_tables.chain(self.unbounded.iter().map(|dependency| (None, dependency)))
    }

    /// Calls `see` with what a read of `tables` depends on besides them, possibly more than once with the same
    /// dependency.
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

/// Returns the table, and everything that it shows, at any depth.
fn shown_by<'a>(facts: &'a Facts, table: &'a TableName) -> BTreeSet<&'a TableName> {
    let mut shown = BTreeSet::from([table]);
    let mut next = vec![table];
    while let Some(table) = next.pop() {
        if let Some(Tables::Known(names)) = facts.shows.get(table) {
            next.extend(names.iter().filter(|name| shown.insert(name)));
        }
    }
    shown
}

/// What operations on a table change besides the rows on which they are performed.
pub(super) struct Changes<'a> {
    facts: &'a Facts,
    steps: Steps<'a>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        Self {
            facts,
            steps: Steps::of(facts),
        }
    }

    /// Returns `true` if an UPDATE of these columns of a table may change other columns of it, or other rows.
    pub(super) fn follow_in(&self, table: &TableName, columns: &BTreeSet<Column>) -> bool {
        let update = Operations::update_of(columns.iter().cloned());
        let is_own =
            |effect: &Effect| effect.on == *table && effect.when.meets(&update) && effect.does.on(table).is_some();
        let unbounded = self.steps.unbounded();
        self.facts.effects.iter().any(is_own)
            || self.spreading_over(table).meets(&update)
            || unbounded.get(table).is_some_and(|operations| operations.meets(&update))
    }

    /// Returns the operations on a table that, in any number of steps, change other rows of the same table: those of a
    /// key that refers to its own table, or of a trigger.
    pub(super) fn spreading_over(&self, table: &TableName) -> Operations {
        let effects = self.steps.effects.get(table).into_iter().flatten();
        let other_rows = effects.filter(|(effect, _)| !(effect.is_of_same_rows && effect.on == *table));
        let passes = self.steps.passes.get(table).into_iter().flatten();
        let steps = other_rows
            .map(|(effect, _)| (&effect.on, effect.when.clone()))
            .chain(passes.map(|pass| (&pass.from, pass.what.cause(&Operations::ALL))));
        let mut causes = self.steps.causes(steps);
        causes.remove(table).unwrap_or_default()
    }
}

/// Returns the operations that change rows of `table` on which they are not performed themselves, in any number of
/// steps: the operations of [`Dependencies`], without those that reach `table` through a foreign key for which
/// `is_known` is true. For such a key, the result only has operations that change the parent's rows without being
/// performed on them.
pub(super) fn causes_beside<'a>(
    facts: &'a Facts,
    table: &'a TableName,
    is_known: impl Fn(&Effect) -> bool,
) -> BTreeMap<&'a TableName, Operations> {
    let steps = Steps::of(facts);
    let mut first: Vec<(&TableName, Operations)> = steps.passes_to(table, &Operations::ALL).collect();
    for effect in steps.effects_on(table, &Operations::ALL) {
        if is_known(effect) {
            first.extend(steps.effects_on(&effect.on, &effect.when).map(Steps::cause));
            first.extend(steps.passes_to(&effect.on, &effect.when));
        } else {
            first.push(Steps::cause(effect));
        }
    }
    let mut causes = steps.causes(first);
    causes.remove(table);
    for (table, operations) in steps.unbounded() {
        causes.entry(table).or_default().add_all(&operations);
    }
    causes
}

/// The steps of the facts, by the tables to which they lead.
struct Steps<'a> {
    effects: HashMap<&'a TableName, Vec<(&'a Effect, &'a Operations)>>,
    passes: HashMap<&'a TableName, Vec<&'a Pass>>,
    /// Those that may do anything to any table.
    opaque: Vec<&'a Effect>,
}

impl<'a> Steps<'a> {
    fn of(facts: &'a Facts) -> Self {
        let mut effects: HashMap<_, Vec<_>> = HashMap::new();
        for effect in &facts.effects {
            for (table, operations) in effect.does.known() {
                effects.entry(table).or_default().push((effect, operations));
            }
        }
        let mut passes: HashMap<_, Vec<_>> = HashMap::new();
        for pass in &facts.passes {
            passes.entry(&pass.to).or_default().push(pass);
        }
        let opaque = facts.effects.iter().filter(|effect| effect.does == Writes::Everything);
        Self {
            effects,
            passes,
            opaque: opaque.collect(),
        }
    }

    fn targets(&self) -> impl Iterator<Item = &'a TableName> {
        self.effects.keys().chain(self.passes.keys()).copied()
    }

    /// Returns `effects`, and the operations that lead to them in any number of steps. Circles terminate, because known
    /// operations are skipped.
    fn causes(
        &self,
        effects: impl IntoIterator<Item = (&'a TableName, Operations)>,
    ) -> BTreeMap<&'a TableName, Operations> {
        let mut causes: BTreeMap<&TableName, Operations> = BTreeMap::new();
        let mut next: Vec<(&TableName, Operations)> = effects.into_iter().collect();
        while let Some((table, operations)) = next.pop() {
            if operations.is_none() || causes.get(table).is_some_and(|known| known.covers(&operations)) {
                continue;
            }
            let known = causes.entry(table).or_default();
            known.add_all(&operations);
            let wanted = known.clone();
            next.extend(self.effects_on(table, &wanted).map(Self::cause));
            next.extend(self.passes_to(table, &wanted));
        }
        causes
    }

    /// Returns the effects that may do one of these operations to a table.
    fn effects_on(&self, table: &TableName, wanted: &Operations) -> impl Iterator<Item = &'a Effect> {
        let effects = self.effects.get(table).into_iter().flatten();
        effects
            .filter(|(_, does)| does.meets(wanted))
            .map(|(effect, _)| *effect)
    }

    /// Returns the operations that may change any table.
    fn unbounded(&self) -> BTreeMap<&'a TableName, Operations> {
        self.causes(self.opaque.iter().copied().map(Self::cause))
    }

    fn cause(effect: &'a Effect) -> (&'a TableName, Operations) {
        (&effect.on, effect.when.clone())
    }

    /// Returns the operations on other tables that are passed on to a table as one of these.
    fn passes_to(&self, table: &TableName, wanted: &Operations) -> impl Iterator<Item = (&'a TableName, Operations)> {
        let passes = self.passes.get(table).into_iter().flatten();
        passes.map(|pass| (&pass.from, pass.what.cause(wanted)))
    }
}

impl Passed {
    /// Returns the operations that are passed on as one of those wanted.
    fn cause(self, wanted: &Operations) -> Operations {
        let mut cause = wanted.clone();
        match self {
            Self::All => {}
            Self::AllButInserts => cause.insert = false,
            Self::Renamed if cause.update == Columns::None => {}
            Self::Renamed => cause.update = Columns::Any,
        }
        cause
    }
}

#[cfg(test)]
mod tests;
