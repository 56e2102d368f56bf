//! Statements that sqlparser does not parse, read from their tokens.
//!
//! A statement writes only after a *head* (`INSERT INTO`, `UPDATE`, `DELETE FROM`, …), in the statement itself or in
//! one of its CTEs. Every word of the text that could be a head counts as one. If a head does not name its table in a
//! way that is understood, the statement is unknown. A text without heads writes nothing.
//!
//! Every word that could be the name of a table counts as a table that is read ([`names`]).

use sqlparser::tokenizer::Token;

use super::names;
use crate::sql::{
    dialect::{Dialect, SelectInto},
    facts::{Operations, StatementFacts, StatementKind, Tables, Writes},
    tokens::{Cursor, word},
};

/// Reads a SELECT, INSERT, UPDATE, DELETE, MERGE or REPLACE that begins with `verb`. Returns `None` if one of its heads
/// is not understood.
pub(super) fn facts(tokens: &[Token], verb: &str, dialect: Dialect) -> Option<StatementFacts> {
    let mut cursor = Cursor::new(tokens);
    // PostgreSQL has no backticks: this is a text for MySQL or SQLite that is read as if it were PostgreSQL's.
    let foreign = tokens.contains(&Token::Char('`'));
    if foreign || (verb.is_empty() && cursor.peek() != Some(&Token::LParen)) {
        return None;
    }
    let mut scan = Scan::new(dialect);
    while let Some(token) = cursor.peek() {
        if let Some(word) = word(token) {
            scan.word(word, &cursor)?;
        }
        scan.pass(token);
        cursor.next();
    }
    let mut facts = match (scan.verb, scan.exports) {
        (Some(verb), false) => StatementFacts::write(verb, scan.writes),
        (None, true) => StatementFacts::new(StatementKind::Utility, "SELECT INTO OUTFILE"),
        (Some(_), true) => return None,
        (None, false) if matches!(verb, "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "MERGE") => return None,
        (None, false) => {
            let verb = if verb.is_empty() { "SELECT" } else { verb };
            StatementFacts::new(StatementKind::Select { locks: scan.locks }, verb)
        }
    };
    facts.reads = names::read(tokens, dialect);
    Some(facts)
}

struct Scan<'a> {
    dialect: Dialect,
    /// The first verb that writes.
    verb: Option<&'static str>,
    writes: Writes,
    locks: bool,
    /// Whether there is an `INTO OUTFILE`.
    exports: bool,
    /// The last two tokens, the latest first.
    before: [Option<&'a Token>; 2],
    /// Whether the next `INTO` belongs to a head.
    heads_into: bool,
}

impl<'a> Scan<'a> {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            verb: None,
            writes: Writes::Nothing,
            locks: false,
            exports: false,
            before: [None; 2],
            heads_into: false,
        }
    }

    fn pass(&mut self, token: &'a Token) {
        self.before = [Some(token), self.before[0]];
    }

    /// Returns `true` if the last token (0), or the one before it (1), is this word.
    fn follows(&self, place: usize, expected: &str) -> bool {
        let before = self.before[place].and_then(word);
        before.is_some_and(|before| before.eq_ignore_ascii_case(expected))
    }

    /// Reads a word. Returns `None` if it may be a head that is not understood.
    fn word(&mut self, word: &str, cursor: &Cursor<'_>) -> Option<()> {
        // Here the word is a column or an alias.
        if self.before[0] == Some(&Token::Period) || self.follows(0, "AS") {
            return Some(());
        }
        let mut ahead = cursor.clone();
        ahead.next();
        let syntax = &self.dialect.syntax().statements;
        // Before a parenthesis, `INSERT` and `REPLACE` are functions.
        let is_reserved = syntax.reserves_insert && ahead.peek() != Some(&Token::LParen);
        let starts = |words: &[&str]| ahead.clone().eat_any(words);
        match &*word.to_ascii_uppercase() {
            "INSERT" if is_reserved || starts(&["INTO", "OR"]) => self.insert("INSERT", ahead),
            "REPLACE" if is_reserved || starts(&["INTO"]) => self.insert("REPLACE", ahead),
            "MERGE" if starts(&["INTO"]) => self.insert("MERGE", ahead),
            "DELETE" if self.follows(0, "THEN") => Some(()),
            "DELETE" if syntax.joins_targets => {
                let tables = names::written(ahead.clone(), &["WHERE", "ORDER", "LIMIT", "RETURNING"], self.dialect);
                self.write("DELETE", tables, &of_rows(&ahead, Operations::DELETE))
            }
            "DELETE" if ahead.eat("FROM") => self.write("DELETE", relation(ahead), &Operations::DELETE),
            "UPDATE" => self.update(ahead),
            "SHARE" if self.follows(0, "FOR") || self.follows(0, "KEY") || self.follows(0, "IN") => {
                self.locks = true;
                Some(())
            }
            "INTO" => self.into(ahead),
            "NEXT" if syntax.next_value_for && ahead.eat_all(&["VALUE", "FOR"]) => {
                self.write("NEXT VALUE", ahead.name().map(Tables::one), &Operations::ALL)
            }
            _ => Some(()),
        }
    }

    fn write(&mut self, verb: &'static str, tables: Option<Tables>, operations: &Operations) -> Option<()> {
        self.verb.get_or_insert(verb);
        self.writes.add_all(&Writes::to(
            &tables.filter(|tables| *tables != Tables::NONE)?,
            operations,
        ));
        Some(())
    }

    /// Reads `INSERT OR IGNORE INTO t`, `INSERT LOW_PRIORITY IGNORE t`, `REPLACE INTO t` or `MERGE INTO ONLY t`.
    fn insert(&mut self, verb: &'static str, mut ahead: Cursor<'_>) -> Option<()> {
        if self.dialect.syntax().statements.into_is_optional {
            ahead.eat_any(&["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"]);
            ahead.eat("IGNORE");
            self.heads_into = ahead.eat("INTO");
        } else {
            if ahead.eat("OR") {
                ahead.next();
            }
            self.heads_into = ahead.eat("INTO");
            if !self.heads_into {
                return None;
            }
        }
        // What an INSERT does to conflicting rows is not read.
        let operations = Operations {
            truncate: false,
            ..Operations::ALL
        };
        self.write(verb, relation(ahead), &operations)
    }

    fn update(&mut self, mut ahead: Cursor<'_>) -> Option<()> {
        let key = self.follows(0, "KEY");
        if self.follows(0, "FOR") || (key && self.follows(1, "NO")) {
            self.locks = true;
            return Some(());
        }
        // `ON CONFLICT DO UPDATE`, `WHEN MATCHED THEN UPDATE`, `ON DUPLICATE KEY UPDATE`
        if self.follows(0, "DO") || self.follows(0, "THEN") || (key && self.follows(1, "DUPLICATE")) {
            return Some(());
        }
        if self.dialect.syntax().statements.joins_targets {
            // It may change every table that it joins.
            let operations = of_rows(&ahead, Operations::UPDATE);
            return self.write("UPDATE", names::written(ahead, &["SET"], self.dialect), &operations);
        }
        let mut operations = Operations::UPDATE;
        if ahead.eat("OR") {
            // `OR REPLACE`
            ahead.next();
            operations.add_all(&Operations::DELETE.and(&Operations::REPLACE));
        }
        self.write("UPDATE", relation(ahead), &operations)
    }

    /// Reads the `INTO` of an INSERT or a SELECT.
    fn into(&mut self, mut ahead: Cursor<'_>) -> Option<()> {
        if std::mem::take(&mut self.heads_into) {
            return Some(());
        }
        match self.dialect.syntax().statements.select_into {
            SelectInto::Nothing => None,
            SelectInto::Variables => {
                self.exports = ahead.eat_any(&["OUTFILE", "DUMPFILE"]);
                self.exports.then_some(())
            }
            SelectInto::Table => {
                ahead.eat_any(&["TEMPORARY", "TEMP", "UNLOGGED", "LOCAL", "GLOBAL"]);
                ahead.eat_any(&["TEMPORARY", "TEMP"]);
                ahead.eat("TABLE");
                self.write("SELECT INTO", ahead.name().map(Tables::one), &Operations::ALL)
            }
        }
    }
}

/// Adds the effect of MariaDB's `FOR PORTION OF`, which splits rows.
fn of_rows(cursor: &Cursor<'_>, operations: Operations) -> Operations {
    match cursor.has_any(&["PORTION"]) {
        true => operations.and(&Operations::INSERT).and(&Operations::UPDATE),
        false => operations,
    }
}

/// Reads `t`, `main.t`, `ONLY t` or `ONLY (t)`.
fn relation(mut cursor: Cursor<'_>) -> Option<Tables> {
    cursor.eat("ONLY");
    while cursor.eat_token(&Token::LParen) {}
    // A reserved word is not the name of a table, so this is not a head that is understood.
    let named = cursor.peek_word().is_none_or(|word| !names::is_reserved(word));
    cursor.name().filter(|_| named).map(Tables::one)
}
