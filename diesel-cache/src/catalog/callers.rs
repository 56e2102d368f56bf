//! Side effects of functions, and of what calls them unasked: views, policies, defaults, checks, triggers, event triggers.

use super::backend::Findings;
use super::routine::Library;
use super::spelling::Spelling;
use crate::tables::{Operations, TableName};

/// Something in a database that calls a function.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) when: When,
    /// The table or view that it belongs to, if it does to one.
    pub(super) relation: String,
    pub(super) function: String,
}

/// When a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The view, or the table with its policy, is read.
    Read,
    /// Rows are inserted or updated: a default, a check, the condition of a trigger.
    Write,
    /// Rows are written: a trigger's function, a rule's. What tables it writes is known from elsewhere.
    Fired(Operations),
    /// A text calls it without its name in front of a bracket.
    Spelled(Spelling),
    /// A materialised view is refreshed.
    Refresh,
    /// The catalog is changed: there is no relation.
    Definition,
}

impl Findings {
    /// What the functions of `library` do when they are called, by whom it may be.
    pub(super) fn add_side_effects(&mut self, library: &Library, callers: &[Caller]) {
        self.add_reads(library, callers);
        for caller in callers {
            let routines = library.routines(&caller.function);
            let (effect, _) = library.side_effect_of(routines, self.side_effects.reads());
            let relation = TableName::new(&caller.relation);
            match &caller.when {
                When::Read => {}
                When::Write => {
                    let when = Operations::INSERT.and(&Operations::UPDATE);
                    self.facts
                        .add_effect(relation.clone(), when.clone(), effect.writes.clone());
                    self.side_effects.add_write(relation, when, effect.beside_tables());
                }
                When::Fired(when) => self
                    .side_effects
                    .add_write(relation, when.clone(), effect.beside_tables()),
                When::Spelled(spelling) => self.side_effects.add_spelled(spelling.clone(), effect),
                When::Refresh => self.side_effects.add_write(relation, Operations::ALL, effect),
                When::Definition => {
                    self.report.event_triggers += 1;
                    self.side_effects.add_definition(&effect);
                }
            }
        }
        for (name, routines) in library.callable() {
            let (effect, why) = library.side_effect_of(routines, self.side_effects.reads());
            if effect.is_none() {
                continue;
            }
            self.report.functions += 1;
            if let Some(why) = why {
                let tables = effect.writes.tables();
                self.report.add_opaque("function", name.as_str(), None, &why, &tables);
            }
            self.side_effects.add_call(name.clone(), &effect);
        }
    }

    /// A function may read a view, and the view call another function.
    fn add_reads(&mut self, library: &Library, callers: &[Caller]) {
        loop {
            let before = self.side_effects.reads().clone();
            for caller in callers.iter().filter(|caller| caller.when == When::Read) {
                let routines = library.routines(&caller.function);
                let (effect, _) = library.side_effect_of(routines, &before);
                self.side_effects.add_read(TableName::new(&caller.relation), &effect);
            }
            self.side_effects.spread_reads(&self.facts);
            if *self.side_effects.reads() == before {
                return;
            }
        }
    }
}
