//! Functions and procedures, and what the code that calls them touches.

use std::collections::{BTreeSet, HashMap};

use super::words::Words;
use crate::tables::{TableName, Tables};

/// A piece of code in the database: a trigger's statement, a function, a procedure.
#[derive(Debug)]
pub(super) struct Routine {
    words: Words,
    writes: Writes,
}

/// How much is known of what a routine itself writes, not counting those that it calls.
#[derive(Clone, Debug)]
pub(super) enum Writes {
    /// Its statements were parsed: these.
    Parsed(Tables),
    /// The tables that its text names, and no others; why it was not parsed.
    Named(String),
    /// The tables that its text names, as far as one can tell; why it was not parsed.
    Guessed(String),
    /// Any table; why.
    Anything(String),
}

/// What a routine and those that it calls touch.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) tables: Tables,
    /// Why that is not known for certain, if it is not.
    pub(super) why: Option<String>,
}

impl Routine {
    pub(super) fn new(text: &str, writes: Writes) -> Self {
        Self {
            words: Words::of(text),
            writes,
        }
    }
}

/// The tables and routines that a text may name.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) tables: BTreeSet<TableName>,
    /// Several of one name take different arguments, or are in different schemas.
    routines: HashMap<TableName, Vec<Routine>>,
}

impl Library {
    pub(super) fn add(&mut self, name: &str, routine: Routine) {
        self.routines.entry(TableName::new(name)).or_default().push(routine);
    }

    /// All routines of a name.
    pub(super) fn routines(&self, name: &str) -> &[Routine] {
        self.routines.get(&TableName::new(name)).map_or(&[], Vec::as_slice)
    }

    /// What running these may change.
    pub(super) fn changed_by<'a>(&'a self, routines: impl IntoIterator<Item = &'a Routine>) -> Touched {
        let mut changed = Touched {
            tables: Tables::NONE,
            why: None,
        };
        for routine in self.called_from(routines) {
            let (tables, why) = match &routine.writes {
                Writes::Parsed(tables) => (tables.clone(), None),
                Writes::Named(why) => {
                    let named = routine.words.among(&self.tables);
                    let why = (!named.is_empty()).then_some(why);
                    (named, why)
                }
                Writes::Guessed(why) => (routine.words.among(&self.tables), Some(why)),
                Writes::Anything(why) => (Tables::Everything, Some(why)),
            };
            if changed.why.is_none() || (tables == Tables::Everything && changed.tables != Tables::Everything) {
                changed.why = why.cloned().or(changed.why);
            }
            changed.tables.add_all(&tables);
        }
        changed
    }

    /// What running these may read: whatever they name.
    pub(super) fn shown_by<'a>(&'a self, routines: impl IntoIterator<Item = &'a Routine>) -> Tables {
        let mut shown = Tables::NONE;
        for routine in self.called_from(routines) {
            shown.add_all(&match routine.writes {
                Writes::Anything(_) => Tables::Everything,
                _ => routine.words.among(&self.tables),
            });
        }
        shown
    }

    /// The routines whose names occur in a text.
    pub(super) fn named_in<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = &'a Routine> {
        let named = self.routines.iter().filter(|(name, _)| words.have(name));
        named.flat_map(|(_, routines)| routines)
    }

    /// These, and all that they name, at any depth.
    fn called_from<'a>(&'a self, routines: impl IntoIterator<Item = &'a Routine>) -> Vec<&'a Routine> {
        let mut called: Vec<&Routine> = routines.into_iter().collect();
        let mut next = 0;
        while let Some(routine) = called.get(next).copied() {
            for callee in self.named_in(&routine.words) {
                if !called.iter().any(|known| std::ptr::eq(*known, callee)) {
                    called.push(callee);
                }
            }
            next += 1;
        }
        called
    }
}
