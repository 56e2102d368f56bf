//! What is known of a text: the facts of its statements, and what they do together.

use super::facts::{Calls, SessionChange, SideEffect, StatementFacts, StatementKind, Tables, Value, Writes};

/// The facts of a text's statements, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Analysis {
    statements: Box<[StatementFacts]>,
    effects: Effects,
    /// Whether the text ended inside a literal or a comment, or sqlparser could not tokenise it.
    pub(super) unfinished: bool,
}

/// What all statements of a text do together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Everything that the text writes.
    pub(crate) writes: Writes,
    /// Whether a statement that writes may also return rows. Errs on the side of `true`.
    pub(crate) may_return: bool,
}

impl Effects {
    /// Combines the statements. `shows_rows` is `true` if the words of the text allow a write to return rows.
    fn of(statements: &[StatementFacts], shows_rows: bool) -> Self {
        let is_unknown = |facts: &StatementFacts| facts.kind == StatementKind::Unknown;
        let mut writes = Writes::Nothing;
        for facts in statements {
            match facts.kind {
                StatementKind::Unknown => writes = Writes::Everything,
                _ => writes.add_all(&facts.writes),
            }
        }
        let mut writing = statements.iter().filter(|facts| !facts.writes.is_empty());
        let may_return = statements.iter().any(is_unknown)
            || writing
                .clone()
                .any(|facts| !matches!(facts.kind, StatementKind::Write | StatementKind::Utility))
            || (writing.next().is_some() && shows_rows);
        Self { writes, may_return }
    }
}

impl Analysis {
    /// Returns the analysis of the same text with these facts in place of its own.
    pub(super) fn with_statements(&self, statements: Box<[StatementFacts]>, may_return: bool) -> Self {
        Self {
            effects: Effects::of(&statements, may_return),
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
            effects: Effects::of(&statements, shows_rows),
            statements,
            unfinished,
        }
    }

    /// Returns the analysis of a text that is not understood. With `begins`, the text may leave a transaction open
    /// where there was none.
    pub(crate) fn unknown(begins: bool) -> Self {
        let mut facts = StatementFacts::unknown("");
        facts.begins = begins;
        facts.calls = Calls::Anything;
        let statements = Box::new([facts]);
        Self {
            effects: Effects::of(&*statements, true),
            statements,
            unfinished: false,
        }
    }

    /// Returns the analysis of the first of several statements; `None` unless there are several.
    pub(crate) fn first_alone(&self) -> Option<Self> {
        let [first, _, ..] = &*self.statements else { return None };
        Some(self.with_statements(Box::new([first.clone()]), self.effects.may_return))
    }

    /// Adds what each statement does beyond its text, which `of` returns. Returns `None` if no statement does more.
    pub(crate) fn with_side_effects(&self, of: impl Fn(&StatementFacts) -> Option<SideEffect>) -> Option<Self> {
        let side_effects: Vec<_> = self.statements.iter().map(of).collect();
        if side_effects.iter().all(Option::is_none) {
            return None;
        }
        let mut statements = Vec::with_capacity(side_effects.len());
        let mut may_return = self.effects.may_return;
        for (facts, side_effect) in self.statements.iter().zip(side_effects) {
            let mut facts = facts.clone();
            let mut beside = None;
            if let Some(effect) = side_effect {
                if effect.changes_session {
                    facts.session_changes = Box::new([SessionChange::Unknown]);
                }
                facts.defines |= effect.defines;
                match facts.kind {
                    StatementKind::Select { .. }
                    | StatementKind::Write
                    | StatementKind::Utility
                    | StatementKind::Unknown => {
                        facts.writes.add_all(&effect.writes);
                    }
                    _ if effect.writes.is_empty() => {}
                    // The writes of a statement of another kind (`SET @a = refresh()`) are ignored, so a separate write
                    // carries them.
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

    /// Returns the number of the text's binds, if they determine which rows it writes. `None` for several statements:
    /// it is not known which binds belong to which of them.
    pub(crate) fn binds_of_writes(&self) -> Option<usize> {
        match &*self.statements {
            [only] if only.writes.binds() > 0 => only.binds,
            _ => None,
        }
    }

    /// Returns the analysis with these values in place of the binds; `None` is a value that is not known.
    pub(crate) fn with_binds(&self, values: &[Option<Value>]) -> Self {
        let mut statements = self.statements.clone();
        for facts in &mut statements {
            facts.writes = facts.writes.with_rows(|rows| rows.bind(values));
        }
        self.with_statements(statements, self.effects.may_return)
    }

    pub(crate) fn statements(&self) -> &[StatementFacts] {
        &self.statements
    }

    pub(crate) fn effects(&self) -> &Effects {
        &self.effects
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

    /// Returns the only statement, if that is a SELECT.
    ///
    /// # Errors
    ///
    /// Returns what the text contains instead, as words that follow "found".
    pub(crate) fn single_select(&self) -> Result<&StatementFacts, String> {
        match &*self.statements {
            [] => Err("no statement".into()),
            [facts] => match facts.kind {
                // These return rows but are not SELECTs.
                StatementKind::Select { .. } if !matches!(&*facts.verb, "VALUES" | "TABLE") => Ok(facts),
                StatementKind::Unknown if facts.verb.is_empty() => Err("a text that could not be parsed".into()),
                StatementKind::Unknown => Err(format!("a statement (`{} …`) that could not be parsed", facts.verb)),
                _ => Err(format!("a statement that is not a SELECT (`{}`)", facts.verb)),
            },
            several => Err(format!("{} statements", several.len())),
        }
    }
}
