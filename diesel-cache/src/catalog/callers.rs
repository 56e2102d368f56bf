//! What calls functions implicitly: views, policies, defaults, checks, types, operators, event triggers.

use super::backend::Findings;
use super::routine::{Library, Routine, Touched};
use super::spelling::Spelling;
use crate::sql::{Operations, TableName};

/// Something in a database that calls a function, or uses something else that does, such as a view or a type.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) when: When,
    /// The table, view or type to which it belongs, if there is one.
    pub(super) owner: String,
    pub(super) callee: String,
}

/// A trigger, or a rule.
#[derive(Debug)]
pub(super) struct Fired<'a> {
    /// The kind, as reported to people: `trigger`.
    pub(super) sort: &'static str,
    pub(super) name: &'a str,
    pub(super) table: &'a str,
    /// The operations on the table that run it.
    pub(super) when: Operations,
}

/// The occasion on which a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The view, or the table with its policy, is read.
    Read,
    /// Rows are inserted or updated: a default, a check.
    Write,
    /// Rows are written in one way or another: the condition of a trigger.
    Fired,
    /// A materialised view is refreshed.
    Refresh,
    /// An index is rebuilt, or statistics are gathered: of any table, as far as a text shows.
    Upkeep,
    /// A value is converted to the type.
    Type,
    /// A value is converted to the type of a table's rows.
    RowType,
    /// The catalog is changed. There is no owner.
    Definition,
}

impl Library {
    /// Adds what is read, refreshed or cast to: any code can name it, as it can name a function.
    pub(super) fn add_callers(&mut self, callers: &[Caller]) {
        for caller in callers {
            match caller.when {
                When::Read | When::Refresh | When::Type | When::RowType => {
                    self.add(&caller.owner, Routine::naming(&caller.callee));
                }
                When::Write | When::Fired | When::Upkeep | When::Definition => {}
            }
        }
    }
}

impl Findings {
    /// Adds the side effects of the functions of `library`, for each way of calling them.
    pub(super) fn add_side_effects(&mut self, library: &Library, callers: &[Caller]) {
        self.report.event_triggers += callers.iter().filter(|caller| caller.when == When::Definition).count();
        let callee = |caller: &&Caller| library.has_effect(&TableName::new(&caller.callee));
        for caller in callers.iter().filter(callee) {
            let effect = library.touched_by(library.routines(&caller.callee)).effect;
            let owner = TableName::new(&caller.owner);
            match caller.when {
                When::Read => self.side_effects.add_read(owner, &effect),
                When::Write | When::Fired => {
                    let when = match caller.when {
                        When::Write => Operations::INSERT.and(&Operations::UPDATE),
                        _ => Operations::ALL,
                    };
                    self.facts
                        .add_effect(owner.clone(), when.clone(), effect.writes.clone());
                    self.side_effects.add_write(owner, when, effect.beside_tables());
                }
                When::Refresh => self.side_effects.add_write(owner, Operations::ALL, effect),
                When::Upkeep => self.side_effects.add_upkeep(&effect),
                When::Type => self.side_effects.add_spelled(Spelling::Type(owner), effect),
                When::RowType => self.side_effects.add_spelled(Spelling::RowType(owner), effect),
                When::Definition => self.side_effects.add_definition(&effect),
            }
        }
        for (spelling, function) in library.spelled() {
            let touched = library.touched_by(library.routines(function.as_str()));
            self.side_effects.add_spelled(spelling.clone(), touched.effect);
        }
        self.side_effects.spread_reads(&self.facts);
        for (name, routines) in library.callable().filter(|(name, _)| library.has_effect(name)) {
            let touched = library.touched_by(routines);
            if touched.effect.is_none() {
                continue;
            }
            self.report.functions += 1;
            if !touched.effect.writes.is_empty() {
                self.report_unknown("function", name.as_str(), None, &touched);
            }
            self.side_effects.add_call(name.clone(), &touched.effect);
        }
    }

    /// Records that the trigger, or rule, runs these routines. Returns what they do.
    pub(super) fn add_fired<'a>(
        &mut self,
        fired: &Fired<'_>,
        library: &'a Library,
        routines: impl IntoIterator<Item = &'a Routine>,
    ) -> Touched {
        let touched = library.touched_by(routines);
        self.report_unknown(fired.sort, fired.name, Some(fired.table), &touched);
        let (table, effect) = (TableName::new(fired.table), touched.effect.clone());
        self.facts
            .add_effect(table.clone(), fired.when.clone(), effect.writes.clone());
        self.side_effects
            .add_write(table, fired.when.clone(), effect.beside_tables());
        touched
    }

    /// Reports code of which it is not known for certain what it writes.
    fn report_unknown(&mut self, sort: &'static str, name: &str, table: Option<&str>, touched: &Touched) {
        if let Some(why) = &touched.why {
            let tables = touched.effect.writes.tables();
            self.report.add_opaque(sort, name, table, why, &tables);
        }
    }
}
