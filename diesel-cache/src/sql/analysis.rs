//! What is known of a text, from what is known of its statements.

use super::facts::{Calls, Change, Kind, SideEffect, StatementFacts, Tables, Writes};

/// What is known of a text: its statements, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Analysis {
    statements: Box<[StatementFacts]>,
    changes: Changes,
    /// The text ended inside a literal or a comment.
    pub(super) unfinished: bool,
}

/// What a text does to others, all its statements together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Everything that it writes.
    pub(crate) tables: Writes,
    /// May a statement that writes also return rows? Said of too many rather than of too few.
    pub(crate) may_return: bool,
}

impl Changes {
    /// `shows_rows`: do the words of the text allow for that?
    fn of(statements: &[StatementFacts], shows_rows: bool) -> Self {
        let is_unknown = |facts: &StatementFacts| facts.kind == Kind::Unknown;
        let mut tables = Writes::Nothing;
        for facts in statements {
            match facts.kind {
                Kind::Unknown => tables = Writes::Everything,
                _ => tables.add_all(&facts.writes),
            }
        }
        let mut writing = statements.iter().filter(|facts| !facts.writes.is_empty());
        let may_return = statements.iter().any(is_unknown)
            || writing
                .clone()
                .any(|facts| !matches!(facts.kind, Kind::Write | Kind::Session))
            || (writing.next().is_some() && shows_rows);
        Self { tables, may_return }
    }
}

impl Analysis {
    /// The same text with other facts about its statements.
    pub(super) fn with_statements(&self, statements: Box<[StatementFacts]>, may_return: bool) -> Self {
        Self {
            changes: Changes::of(&statements, may_return),
            statements,
            unfinished: self.unfinished,
        }
    }

    pub(super) fn new(sql: &str, statements: Box<[StatementFacts]>, unfinished: bool) -> Self {
        let lower = sql.to_ascii_lowercase();
        let start = lower.trim_start();
        let shows_rows =
            lower.contains("returning") || ["with", "select", "("].iter().any(|word| start.starts_with(word));
        Self {
            changes: Changes::of(&statements, shows_rows),
            statements,
            unfinished,
        }
    }

    /// `begins`: it may leave a transaction open where there was none.
    pub(crate) fn unknown(begins: bool) -> Self {
        let mut facts = StatementFacts::unknown("");
        facts.begins = begins;
        facts.calls = Calls::Anything;
        let statements = Box::new([facts]);
        Self {
            changes: Changes::of(&*statements, true),
            statements,
            unfinished: false,
        }
    }

    /// Of the first of several statements. `None` where it is the only one.
    pub(crate) fn first_alone(&self) -> Option<Self> {
        let [first, _, ..] = &*self.statements else { return None };
        Some(self.with_statements(Box::new([first.clone()]), self.changes.may_return))
    }

    /// The same, with what its statements do beyond what their texts say. `None` where that adds nothing.
    pub(crate) fn with_side_effects(&self, of: impl Fn(&StatementFacts) -> Option<SideEffect>) -> Option<Self> {
        let side_effects: Vec<_> = self.statements.iter().map(of).collect();
        if side_effects.iter().all(Option::is_none) {
            return None;
        }
        let mut statements = Vec::with_capacity(side_effects.len());
        let mut may_return = self.changes.may_return;
        for (facts, side_effect) in self.statements.iter().zip(side_effects) {
            let mut facts = facts.clone();
            let mut beside = None;
            if let Some(effect) = side_effect {
                if effect.changes_session {
                    facts.session = Box::new([Change::Unknown]);
                }
                facts.defines |= effect.defines;
                match facts.kind {
                    Kind::Select { .. } | Kind::Write | Kind::Session | Kind::Unknown => {
                        facts.writes.add_all(&effect.writes);
                    }
                    _ if effect.writes.is_empty() => {}
                    // Of any other kind the tables are not looked at: `SET @a = refresh()`.
                    _ => {
                        may_return = true;
                        beside = Some(StatementFacts::write(&facts.verb, effect.writes));
                    }
                }
            }
            statements.push(facts);
            statements.extend(beside);
        }
        Some(self.with_statements(statements.into(), may_return))
    }

    pub(crate) fn statements(&self) -> &[StatementFacts] {
        &self.statements
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    pub(crate) fn reads(&self) -> Tables {
        let mut reads = Tables::NONE;
        self.statements.iter().for_each(|facts| reads.add_all(&facts.reads));
        reads
    }

    #[cfg(test)]
    pub(crate) fn writes(&self) -> Writes {
        let mut writes = Writes::Nothing;
        self.statements.iter().for_each(|facts| writes.add_all(&facts.writes));
        writes
    }

    /// The only statement, if that is a SELECT.
    ///
    /// # Errors
    ///
    /// What was found instead, to stand after "found".
    pub(crate) fn single_select(&self) -> Result<&StatementFacts, String> {
        match &*self.statements {
            [] => Err("no statement".into()),
            [facts] => match facts.kind {
                // They show rows as a SELECT does, and are none.
                Kind::Select { .. } if !matches!(&*facts.verb, "VALUES" | "TABLE") => Ok(facts),
                Kind::Unknown if facts.verb.is_empty() => Err("a text that could not be parsed".into()),
                Kind::Unknown => Err(format!("a statement (`{} …`) that could not be parsed", facts.verb)),
                _ => Err(format!("a statement that is not a SELECT (`{}`)", facts.verb)),
            },
            several => Err(format!("{} statements", several.len())),
        }
    }
}
