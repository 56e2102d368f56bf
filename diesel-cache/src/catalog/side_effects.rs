//! Effects of a statement that only the database's code shows: functions that write, or change what later texts mean.
//!
//! These facts concern the writing side. If a process knows too few facts about reads, only that process is affected.
//! But if the process that calls a function does not know what the function writes, no process learns of the write.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::facts::Facts;
use super::facts::Passed;
use super::spelling::Spelling;
use crate::sql::body::spells_by_escapes;
use crate::sql::{
    Calls, Columns, Operations, SideEffect, StatementFacts, StatementKind, TableName, Tables, Writes, folded,
};

/// The side effects of everything in a database that has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SideEffects {
    /// Side effects of calling a function.
    calls: EffectsByName,
    /// Side effects of calling a function in another way.
    spelled: Vec<(Spelling, SideEffect)>,
    /// Side effects of reading a table: of a view whose query calls a function, or of a policy that does.
    reads: EffectsByName,
    /// Side effects of writing a table, besides changes of other tables: of a trigger that changes a setting.
    writes: Vec<OnWrite>,
    /// Side effects of changing the catalog: of event triggers.
    definitions: Option<SideEffect>,
    /// Side effects of rebuilding an index, or gathering statistics.
    upkeep: Option<SideEffect>,
}

type EffectsByName = BTreeMap<TableName, SideEffect>;

/// A side effect of the operations `when` on the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OnWrite {
    on: TableName,
    when: Operations,
    does: SideEffect,
}

impl SideEffects {
    pub(crate) fn add_call(&mut self, function: TableName, effect: &SideEffect) {
        add(&mut self.calls, function, effect);
    }

    pub(crate) fn add_spelled(&mut self, spelling: Spelling, effect: SideEffect) {
        let spelled = (spelling, effect);
        if !spelled.1.is_none() && !self.spelled.contains(&spelled) {
            self.spelled.push(spelled);
        }
    }

    pub(crate) fn add_read(&mut self, table: TableName, effect: &SideEffect) {
        add(&mut self.reads, table, effect);
    }

    pub(crate) fn add_write(&mut self, on: TableName, when: Operations, does: SideEffect) {
        let effect = OnWrite { on, when, does };
        if !effect.does.is_none() && !self.writes.contains(&effect) {
            self.writes.push(effect);
        }
    }

    pub(crate) fn add_definition(&mut self, effect: &SideEffect) {
        if !effect.is_none() {
            self.definitions.get_or_insert(SideEffect::NONE).add_all(effect);
        }
    }

    pub(crate) fn add_upkeep(&mut self, effect: &SideEffect) {
        if !effect.is_none() {
            self.upkeep.get_or_insert(SideEffect::NONE).add_all(effect);
        }
    }

    /// The declared side effects of functions, including declarations that a function has none.
    pub(crate) fn declare_call(&mut self, function: TableName, effect: &SideEffect) {
        self.calls.entry(function).or_insert(SideEffect::NONE).add_all(effect);
    }

    pub(crate) fn is_empty(&self) -> bool {
        let mut known = self.calls.values().chain(self.reads.values());
        self.definitions.is_none()
            && self.upkeep.is_none()
            && self.writes.is_empty()
            && self.spelled.is_empty()
            && known.all(SideEffect::is_none)
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        other
            .calls
            .iter()
            .for_each(|(name, effect)| self.add_call(name.clone(), effect));
        other
            .reads
            .iter()
            .for_each(|(name, effect)| self.add_read(name.clone(), effect));
        for (spelling, effect) in &other.spelled {
            self.add_spelled(spelling.clone(), effect.clone());
        }
        for OnWrite { on, when, does } in &other.writes {
            self.add_write(on.clone(), when.clone(), does.clone());
        }
        other.definitions.iter().for_each(|effect| self.add_definition(effect));
        other.upkeep.iter().for_each(|effect| self.add_upkeep(effect));
    }

    /// Adds the declared side effects. A declaration replaces a guess: if a function may, as far as is known, write any
    /// table, the declaration states which tables it writes.
    pub(crate) fn declare(&mut self, by_hand: &Self) {
        for (function, declared) in &by_hand.calls {
            match self.calls.entry(function.clone()) {
                Entry::Occupied(known) if known.get().writes == Writes::Everything => {
                    known.remove();
                }
                _ => {}
            }
            self.add_call(function.clone(), declared);
        }
    }

    /// Computes the closure: a read of a view also reads the tables that it shows, and a write leads to other writes.
    pub(crate) fn close_over(&mut self, facts: &Facts) {
        self.spread_reads(facts);
        self.step_back(facts);
        let spelled = self.spelled.iter_mut().map(|(_, effect)| effect);
        for effect in self.calls.values_mut().chain(self.reads.values_mut()).chain(spelled) {
            let mut more = SideEffect::NONE;
            of_writes(&self.writes, &effect.writes, &mut more);
            effect.add_all(&more);
        }
        self.calls.retain(|_, effect| !effect.is_none());
    }

    pub(super) fn spread_reads(&mut self, facts: &Facts) {
        spread(&mut self.reads, &facts.shows);
    }

    /// Gives each write the side effects of the writes that it leads to.
    fn step_back(&mut self, facts: &Facts) {
        let mut next = 0;
        while let Some(OnWrite { on, when, does }) = self.writes.get(next).cloned() {
            next += 1;
            for effect in &facts.effects {
                let leads_here = match &effect.does {
                    Writes::Everything => true,
                    writes => writes.on(&on).is_some_and(|operations| operations.meets(&when)),
                };
                if leads_here {
                    self.add_write(effect.on.clone(), effect.when.clone(), does.clone());
                }
            }
            for pass in facts.passes.iter().filter(|pass| pass.to == on) {
                let mut when = when.clone();
                match pass.what {
                    Passed::All => {}
                    Passed::AllButInserts => when.insert = false,
                    Passed::Renamed if when.update == Columns::None => {}
                    Passed::Renamed => when.update = Columns::Any,
                }
                if !when.is_none() {
                    self.add_write(pass.from.clone(), when, does.clone());
                }
            }
        }
    }

    /// Returns the effects of a statement that its text `sql` does not show, if there are any.
    pub(crate) fn of(&self, statement: &StatementFacts, sql: &str) -> Option<SideEffect> {
        let mut effect = SideEffect::NONE;
        // A text with escaped names may name any table.
        let text = LazyCell::new(|| (!spells_by_escapes(sql)).then(|| folded(sql)));
        for (spelling, more) in &self.spelled {
            if text.as_ref().is_none_or(|text| spelling.is_in(text)) {
                effect.add_all(more);
            }
        }
        match &statement.calls {
            Calls::Anything => self.calls.values().for_each(|more| effect.add_all(more)),
            Calls::Known(names) => collect(&self.calls, names, &mut effect),
        }
        let understood = statement.kind != StatementKind::Unknown;
        if statement.reads != Tables::Everything || !understood {
            of_reads(&self.reads, &statement.reads, &mut effect);
        }
        // It reads a catalog, or what a function shows, or is DDL or the like, whose reads do not matter.
        let told_by_text =
            statement.reads == Tables::Everything || statement.defines || statement.kind == StatementKind::Utility;
        if understood && told_by_text {
            for (view, more) in &self.reads {
                if text.as_ref().is_none_or(|text| text.contains(view.as_str())) {
                    effect.add_all(more);
                }
            }
        }
        // DDL counts as a write to every table, and fires no table's triggers.
        if !statement.defines || statement.kind == StatementKind::Unknown {
            of_writes(&self.writes, statement.written(), &mut effect);
        }
        if let Some(definitions) = &self.definitions
            && (effect.defines || fires_event_triggers(statement))
        {
            effect.add_all(definitions);
        }
        if let Some(upkeep) = &self.upkeep
            && evaluates_indexes(statement)
        {
            effect.add_all(upkeep);
        }
        (!effect.is_none()).then_some(effect)
    }
}

/// Statements that fire PostgreSQL's event triggers: DDL, and some that change no definition.
fn fires_event_triggers(statement: &StatementFacts) -> bool {
    statement.defines || matches!(&*statement.verb, "COMMENT" | "REFRESH" | "REINDEX" | "SELECT INTO")
}

/// Statements that call the functions of indexes and statistics for rows that they do not write.
fn evaluates_indexes(statement: &StatementFacts) -> bool {
    statement.defines
        || ["REINDEX", "ANALYZE", "ANALYSE", "VACUUM", "VACUUM FULL", "CLUSTER"].contains(&&*statement.verb)
}

/// Applies the side effects of reading a table to the tables that show it.
fn spread(known: &mut EffectsByName, shows: &BTreeMap<TableName, Tables>) {
    let mut news = !known.is_empty();
    while news {
        news = false;
        for (view, tables) in shows {
            let mut effect = known.get(view).cloned().unwrap_or(SideEffect::NONE);
            of_reads(known, tables, &mut effect);
            if !effect.is_none() && known.get(view) != Some(&effect) {
                known.insert(view.clone(), effect);
                news = true;
            }
        }
    }
}

fn add(known: &mut EffectsByName, name: TableName, effect: &SideEffect) {
    if !effect.is_none() {
        known.entry(name).or_insert(SideEffect::NONE).add_all(effect);
    }
}

fn collect<'a>(known: &EffectsByName, names: impl IntoIterator<Item = &'a TableName>, effect: &mut SideEffect) {
    if !known.is_empty() {
        let found = names.into_iter().filter_map(|name| known.get(name));
        found.for_each(|more| effect.add_all(more));
    }
}

fn of_reads(known: &EffectsByName, tables: &Tables, effect: &mut SideEffect) {
    match tables {
        Tables::Everything => known.values().for_each(|more| effect.add_all(more)),
        Tables::Known(names) => collect(known, names, effect),
    }
}

fn of_writes(known: &[OnWrite], writes: &Writes, effect: &mut SideEffect) {
    for OnWrite { on, when, does } in known {
        if *writes == Writes::Everything || writes.on(on).is_some_and(|operations| operations.meets(when)) {
            effect.add_all(does);
        }
    }
}
