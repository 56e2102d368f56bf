//! Functions and procedures, and the effects of the code that calls them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::spelling::Spelling;
use super::words::Words;
use crate::sql::body::{SessionEffects, read_body};
use crate::sql::{Columns, Language, Operations, SideEffect, TableName, Tables, Writes};

/// A piece of code in the database: a trigger's statement, a function, a procedure.
#[derive(Debug)]
pub(super) struct Routine {
    words: Words,
    extent: Extent,
    /// The columns that it assigns in the row for which a trigger is fired.
    assigned: Columns,
    session: SessionEffects,
    /// Whether the database prevents its own statements from writing.
    only_reads: bool,
    /// Whether a statement can call it. It cannot call triggers' functions and procedures.
    is_callable: bool,
}

/// What is known of the tables that a routine itself writes, not counting the routines that it calls.
#[derive(Clone, Debug)]
pub(super) enum Extent {
    /// It writes exactly these tables.
    Read(Writes),
    /// These, and the tables among these words, which are all the words of statements that could not be read.
    Partly(Writes, Vec<TableName>),
    /// The tables that its text names, and no others; with the reason why it was not read.
    Named(String),
    /// The tables that its text names, as far as one can tell; with the reason why it was not read.
    Guessed(String),
    /// Any table; with the reason.
    Anything(String),
}

/// The effects of running some routines, and everything that they call.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) effect: SideEffect,
    /// The columns to which the routines themselves assign values.
    pub(super) assigned: Columns,
    /// The reason why the written tables are not known for certain, if they are not.
    pub(super) why: Option<String>,
}

impl Routine {
    /// Creates a routine in a language that is not read.
    pub(super) fn new(text: &str, extent: Extent) -> Self {
        Self {
            words: Words::of(text),
            extent,
            assigned: Columns::Any,
            session: SessionEffects::default(),
            only_reads: false,
            is_callable: false,
        }
    }

    /// Creates a routine by reading its text.
    pub(super) fn read(text: &str, language: Language) -> Self {
        let words = Words::of(text);
        let (extent, assigned) = match read_body(text, language) {
            None if words.has("execute") => (
                Extent::Anything("cannot be parsed, and may build statements at run time".into()),
                Columns::Any,
            ),
            None => (Extent::Named("cannot be parsed".into()), Columns::Any),
            Some(body) if body.is_dynamic => (Extent::Anything("builds statements at run time".into()), body.assigned),
            Some(body) if body.writes == Writes::Everything => (
                Extent::Anything("runs statements that may change any table".into()),
                body.assigned,
            ),
            Some(body) if body.unread.is_empty() => (Extent::Read(body.writes), body.assigned),
            Some(body) => (Extent::Partly(body.writes, body.unread), body.assigned),
        };
        Self {
            words,
            extent,
            assigned,
            session: SessionEffects::default(),
            only_reads: false,
            is_callable: false,
        }
    }

    /// Creates an entry for something that has a name and no code of its own, such as a view or a type. It has the
    /// effects of `callee`.
    pub(super) fn naming(callee: &str) -> Self {
        Self::new(callee, Extent::Read(Writes::Nothing)).assigning(Columns::None)
    }

    /// Sets what the routine changes in its session.
    pub(super) fn with_session(mut self, session: SessionEffects) -> Self {
        self.session = session;
        self
    }

    /// Returns `true` if it may write any table.
    pub(super) fn is_opaque(&self) -> bool {
        matches!(self.extent, Extent::Anything(_))
    }

    /// Returns `true` if the routine's own code has an effect, or may have one.
    fn has_own_effect(&self) -> bool {
        !matches!(self.extent, Extent::Read(Writes::Nothing)) || self.session != SessionEffects::default()
    }

    /// Marks the routine as a function that statements may call.
    pub(super) fn callable(mut self) -> Self {
        self.is_callable = true;
        self
    }

    /// Marks the routine as one that the database prevents from writing.
    pub(super) fn only_reading(mut self) -> Self {
        self.only_reads = true;
        self
    }

    /// Limits the assigned columns to these.
    pub(super) fn assigning(mut self, columns: Columns) -> Self {
        self.assigned = columns;
        self
    }
}

/// The tables and routines that a text may name.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) tables: BTreeSet<TableName>,
    /// Several routines of one name take different arguments, or are in different schemas.
    routines: HashMap<TableName, Vec<Routine>>,
    /// Other ways to call some of the routines.
    spelled: Vec<(Spelling, TableName)>,
    /// The names of routines that have an effect, or that name one with an effect.
    effective: HashSet<TableName>,
}

impl Library {
    pub(super) fn add(&mut self, name: &str, routine: Routine) {
        self.routines.entry(TableName::new(name)).or_default().push(routine);
    }

    /// Records that the functions of this name may also be called in this way.
    pub(super) fn add_spelled(&mut self, spelling: Spelling, function: &str) {
        self.spelled.push((spelling, TableName::new(function)));
    }

    /// Finds the routines that have an effect, once all are added. Extensions have hundreds that have none.
    pub(super) fn find_effects(&mut self) {
        let own = self
            .routines
            .iter()
            .filter(|(_, routines)| routines.iter().any(Routine::has_own_effect));
        let mut effective: HashSet<TableName> = own.map(|(name, _)| name.clone()).collect();
        loop {
            let spelled = || self.spelled.iter().filter(|(_, function)| effective.contains(function));
            let leads = |routine: &Routine| {
                self.names_in(&routine.words).any(|name| effective.contains(name))
                    || spelled().any(|(spelling, _)| routine.words.spell(spelling))
            };
            let others = self.routines.iter().filter(|(name, _)| !effective.contains(*name));
            let more = others.filter(|(_, routines)| routines.iter().any(leads));
            let more: Vec<TableName> = more.map(|(name, _)| name.clone()).collect();
            if more.is_empty() {
                break;
            }
            effective.extend(more);
        }
        self.spelled.retain(|(_, function)| effective.contains(function));
        self.effective = effective;
    }

    /// Returns `true` if a call of the routine may have an effect.
    pub(super) fn has_effect(&self, name: &TableName) -> bool {
        self.effective.contains(name)
    }

    pub(super) fn spelled(&self) -> &[(Spelling, TableName)] {
        &self.spelled
    }

    /// Returns all routines of a name.
    pub(super) fn routines(&self, name: &str) -> &[Routine] {
        self.routines.get(&TableName::new(name)).map_or(&[], Vec::as_slice)
    }

    /// Returns the effects of running these routines, besides their results.
    pub(super) fn touched_by<'a>(&'a self, routines: impl IntoIterator<Item = &'a Routine>) -> Touched {
        let routines: Vec<&Routine> = routines.into_iter().collect();
        let mut touched = Touched {
            effect: SideEffect::NONE,
            assigned: Columns::None,
            why: None,
        };
        for routine in &routines {
            touched.assigned.add_all(&routine.assigned);
        }
        let effect = &mut touched.effect;
        for routine in self.called_from(routines) {
            let (writes, why) = self.written_by(routine);
            if touched.why.is_none() || (writes == Writes::Everything && effect.writes != Writes::Everything) {
                touched.why = why.or(touched.why);
            }
            effect.writes.add_all(&writes);
            effect.changes_session |= routine.session.changes_session;
            effect.defines |= routine.session.defines;
        }
        touched
    }

    /// Returns what a routine writes, and the reason if that is not known for certain.
    fn written_by(&self, routine: &Routine) -> (Writes, Option<String>) {
        let named = || Writes::to(&routine.words.among(&self.tables), &Operations::ALL);
        match &routine.extent {
            _ if routine.only_reads => (Writes::Nothing, None),
            Extent::Read(writes) => (writes.clone(), None),
            Extent::Partly(writes, words) => {
                let words: Tables = words
                    .iter()
                    .filter(|word| self.tables.contains(word))
                    .cloned()
                    .collect();
                let mut all = writes.clone();
                all.add_all(&Writes::to(&words, &Operations::ALL));
                (all, Some("has statements that cannot be parsed".into()))
            }
            Extent::Named(why) => {
                let named = named();
                let why = (!named.is_empty()).then(|| why.clone());
                (named, why)
            }
            Extent::Guessed(why) => (named(), Some(why.clone())),
            Extent::Anything(why) => (Writes::Everything, Some(why.clone())),
        }
    }

    /// Returns the functions that a statement may call, by name.
    pub(super) fn callable(&self) -> impl Iterator<Item = (&TableName, &[Routine])> {
        let mut all: Vec<_> = self.routines.iter().collect();
        all.retain(|(_, routines)| routines.iter().any(|routine| routine.is_callable));
        all.sort_by_key(|(name, _)| *name);
        all.into_iter().map(|(name, routines)| (name, routines.as_slice()))
    }

    /// Returns what running these routines may read: everything that they name.
    pub(super) fn shown_by<'a>(&'a self, routines: impl IntoIterator<Item = &'a Routine>) -> Tables {
        let mut shown = Tables::NONE;
        for routine in self.called_from(routines) {
            shown.add_all(&match routine.extent {
                Extent::Anything(_) => Tables::Everything,
                _ => routine.words.among(&self.tables),
            });
        }
        shown
    }

    /// Returns the names of routines that occur in a text.
    pub(super) fn names_in<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = &'a TableName> {
        words.keys_of(&self.routines)
    }

    /// Returns the routines whose names occur in a text, or that it calls in another way.
    pub(super) fn named_in<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = &'a Routine> {
        let spelled = self.spelled.iter().filter(|(spelling, _)| words.spell(spelling));
        self.names_in(words)
            .chain(spelled.map(|(_, function)| function))
            .filter_map(|name| self.routines.get(name))
            .flatten()
    }

    /// Returns these routines, and all that they name, at any depth.
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
