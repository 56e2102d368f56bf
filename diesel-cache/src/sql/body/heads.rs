//! The heads of statements that write: the words with which they begin.

use sqlparser::tokenizer::Token;

use super::code::Body;
use super::set_list;
use crate::sql::{
    dialect::{Dialect, Language, StatementSyntax},
    facts::{Operations, StatementKind, TableName, Tables, Writes},
    statement::classify,
    tokens::{Cursor, is_word, word},
};

/// A reader of code that looks for heads.
pub(super) struct Heads<'a> {
    code: &'a [Token],
    language: Language,
    body: Body,
    /// The number of open parentheses.
    depth: usize,
    /// The tables of this statement's INSERTs, with the depth of parentheses at which each occurs.
    inserted: Vec<(usize, TableName)>,
    /// Whether this statement contains a MERGE, whose actions name no table.
    merges: bool,
}

/// What a keyword that may begin a statement turned out to be.
enum Head {
    /// It begins a statement that writes this.
    Writes(Writes),
    /// It begins no statement, or one that writes nothing.
    None,
    /// It begins a statement that writes this. No other keyword counts up to the next semicolon.
    Statement(Writes),
    /// What its statement writes is not known.
    Unread,
}

impl<'a> Heads<'a> {
    pub(super) fn read(code: &'a [Token], language: Language) -> Body {
        let mut heads = Self {
            code,
            language,
            body: Body::default(),
            depth: 0,
            inserted: Vec::new(),
            merges: false,
        };
        let mut at = 0;
        while let Some(token) = code.get(at) {
            at = heads.pass(at, token);
        }
        heads.body
    }

    /// Reads the token at this position, and returns the position of the next one.
    fn pass(&mut self, at: usize, token: &Token) -> usize {
        match token {
            Token::LParen => self.depth += 1,
            Token::RParen => self.depth = self.depth.saturating_sub(1),
            Token::SemiColon => {
                self.depth = 0;
                self.inserted.clear();
                self.merges = false;
            }
            _ => {}
        }
        match self.head(at, token) {
            None | Some(Head::None) => {}
            Some(Head::Writes(writes)) => self.body.writes.add_all(&writes),
            Some(Head::Statement(writes)) => {
                self.body.writes.add_all(&writes);
                return at + self.statement(at).len();
            }
            Some(Head::Unread) => {
                let words = self.statement(at).iter().filter_map(|token| match token {
                    Token::Word(word) => Some(&word.value),
                    Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => Some(text),
                    _ => None,
                });
                let words: Vec<_> = words.map(|word| TableName::new(word)).collect();
                self.body.unread.extend(words);
            }
        }
        at + 1
    }

    /// Returns the rest of the statement, from this position on.
    fn statement(&self, at: usize) -> &'a [Token] {
        let rest = &self.code[at..];
        let end = rest.iter().position(|token| *token == Token::SemiColon);
        &rest[..end.unwrap_or(rest.len())]
    }

    fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1)
            .map_or("", |before| word(&self.code[before]).unwrap_or_default())
    }

    fn is_before(&self, at: usize, expected: &str) -> bool {
        self.before(at).eq_ignore_ascii_case(expected)
    }

    fn head(&mut self, at: usize, token: &Token) -> Option<Head> {
        let keyword = word(token)?.to_ascii_uppercase();
        // In `new.update` and `update.id`, it is the name of a column or a table.
        let is_name = at
            .checked_sub(1)
            .is_some_and(|before| self.code[before] == Token::Period)
            || self.code.get(at + 1) == Some(&Token::Period);
        if is_name {
            return None;
        }
        let next = Cursor::new(&self.code[at + 1..]);
        let is_called = next.peek() == Some(&Token::LParen);
        Some(match &*keyword {
            "INSERT" if is_called => Head::None,
            "INSERT" => self.insert(next),
            "REPLACE" if is_called || self.is_before(at, "OR") => Head::None,
            "REPLACE" => self.replace(next),
            "UPDATE" => self.update(at, next),
            "DELETE" => self.delete(next),
            "MERGE" => self.merge(next),
            "TRUNCATE" if is_called => Head::None,
            "TRUNCATE" => self.one_statement(at),
            "COPY" => self.copy(at, next),
            "REFRESH" if next.clone().eat("MATERIALIZED") => self.one_statement(at),
            "LOAD" if next.clone().eat_any(&["DATA", "XML"]) => self.one_statement(at),
            "CREATE" | "ALTER" | "DROP" | "RENAME" => self.one_statement(at),
            "GRANT" | "REVOKE" | "IMPORT" | "REASSIGN" => Head::Unread,
            "INTO" if self.language.select_into_makes_tables() => self.select_into(at, next),
            "EXECUTE" if self.language.has_execute() => self.dynamic(),
            "DO" if is_text(next.peek()) || next.clone().eat("LANGUAGE") => self.dynamic(),
            _ => return None,
        })
    }

    fn dialect(&self) -> Dialect {
        self.language.dialect()
    }

    fn statements(&self) -> &'static StatementSyntax {
        &self.dialect().syntax().statements
    }

    fn dynamic(&mut self) -> Head {
        self.body.is_dynamic = true;
        Head::None
    }

    /// Reads the statement at this position as if it were sent by itself.
    fn one_statement(&self, at: usize) -> Head {
        match &*classify(self.statement(at), self.dialect()) {
            [facts] if facts.kind == StatementKind::Write => Head::Statement(facts.writes.clone()),
            _ => Head::Statement(Writes::Everything),
        }
    }

    fn insert(&mut self, mut next: Cursor<'a>) -> Head {
        let replaces = self.eat_conflict_clause(&mut next);
        next.eat_any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"]);
        next.eat("IGNORE");
        if !next.eat("INTO") && !self.statements().into_is_optional {
            return self.action_of_merge();
        }
        self.inserts(next, Operations::INSERT.and(&replaces))
    }

    fn replace(&mut self, mut next: Cursor<'a>) -> Head {
        if !self.statements().replace {
            return Head::None;
        }
        next.eat_any(&["LOW_PRIORITY", "DELAYED"]);
        if !next.eat("INTO") && !self.statements().into_is_optional {
            return Head::Unread;
        }
        self.inserts(next, Operations::INSERT.and(&self.statements().replacing))
    }

    fn inserts(&mut self, mut next: Cursor<'a>, operations: Operations) -> Head {
        let Some(table) = next.name() else {
            return Head::Unread;
        };
        self.inserted.push((self.depth, table.clone()));
        Head::Writes(Writes::one(table, operations))
    }

    fn update(&mut self, at: usize, mut next: Cursor<'a>) -> Head {
        let before = |places: usize, expected| at >= places && self.is_before(at + 1 - places, expected);
        let locks = before(1, "FOR") || (before(1, "KEY") && before(2, "NO"));
        if locks {
            // `UPDATE` locks rows, unless it is the statement of a `SET STATEMENT … FOR UPDATE …`.
            let sets = self.statements().set_statement && self.code.iter().any(|token| is_word(token, "STATEMENT"));
            return if sets { Head::Unread } else { Head::None };
        }
        if before(1, "DO") || (before(1, "KEY") && before(2, "DUPLICATE")) {
            return self.upsert(next);
        }
        let replaces = self.eat_conflict_clause(&mut next);
        next.eat_any(&["LOW_PRIORITY"]);
        next.eat_any(&["IGNORE", "ONLY"]);
        if is_set_list(&next) {
            return self.action_of_merge();
        }
        let Some(table) = next.name() else {
            return Head::Unread;
        };
        let mut tables = Tables::one(table);
        let mut joins = false;
        while !next.eat("SET") {
            match next.next() {
                None | Some(Token::SemiColon) => return Head::Unread,
                Some(Token::Comma | Token::LParen) => joins = true,
                Some(Token::Word(word)) if joins => tables.add(TableName::new(&word.value)),
                // With `ANSI_QUOTES`, this is a name.
                Some(Token::DoubleQuotedString(name)) if joins => tables.add(TableName::new(name)),
                Some(token) => joins |= is_word(token, "JOIN") || is_word(token, "STRAIGHT_JOIN"),
            }
        }
        let operations = set_list::read(next, self.dialect()).and(&replaces);
        Head::Writes(Writes::to(&tables, &operations))
    }

    /// Reads `ON CONFLICT … DO UPDATE SET …` or `ON DUPLICATE KEY UPDATE …`.
    fn upsert(&self, mut next: Cursor<'a>) -> Head {
        let inserted = self.inserted.iter().rfind(|(depth, _)| *depth == self.depth);
        let Some((_, table)) = inserted else {
            return Head::Unread;
        };
        next.eat("SET");
        Head::Writes(Writes::one(table.clone(), set_list::read(next, self.dialect())))
    }

    fn delete(&self, mut next: Cursor<'a>) -> Head {
        next.eat("LOW_PRIORITY");
        next.eat("QUICK");
        next.eat("IGNORE");
        if !next.eat("FROM") {
            return self.action_of_merge();
        }
        next.eat("ONLY");
        let table = next.name();
        // Here the names before `USING` may be aliases.
        let several =
            self.statements().joins_targets && (next.peek() == Some(&Token::Comma) || next.clone().eat("USING"));
        match table {
            Some(table) if !several => Head::Writes(Writes::one(table, Operations::DELETE)),
            _ => Head::Unread,
        }
    }

    fn merge(&mut self, mut next: Cursor<'a>) -> Head {
        if !next.eat("INTO") {
            return Head::Unread;
        }
        next.eat("ONLY");
        let Some(table) = next.name() else {
            return Head::Unread;
        };
        self.merges = true;
        let all = Operations::INSERT.and(&Operations::UPDATE).and(&Operations::DELETE);
        Head::Writes(Writes::one(table, all))
    }

    /// Reads a keyword that names no table, as in an action of a MERGE.
    fn action_of_merge(&self) -> Head {
        if self.merges { Head::None } else { Head::Unread }
    }

    /// Reads `COPY t [(…)] FROM`. The query of a `COPY (…) TO` has heads of its own.
    fn copy(&self, at: usize, mut next: Cursor<'a>) -> Head {
        if !self.statements().copy || next.name().is_none() {
            return Head::None;
        }
        if next.peek() == Some(&Token::LParen) {
            next.group();
        }
        if next.eat("FROM") {
            self.one_statement(at)
        } else {
            Head::None
        }
    }

    /// Reads `SELECT … INTO t`, which creates a table.
    fn select_into(&self, at: usize, mut next: Cursor<'a>) -> Head {
        if self.is_before(at, "INSERT") || self.is_before(at, "MERGE") {
            return Head::None;
        }
        next.eat_any(&["TEMPORARY", "TEMP", "UNLOGGED"]);
        next.eat("TABLE");
        match next.name() {
            Some(table) => Head::Writes(Writes::one(table, Operations::ALL)),
            None => Head::Unread,
        }
    }

    /// Consumes `OR IGNORE` and the like, and returns what the statement does to conflicting rows.
    fn eat_conflict_clause(&self, next: &mut Cursor<'a>) -> Operations {
        if !self.statements().conflict_clause || !next.eat("OR") {
            return Operations::NONE;
        }
        let replaces = next.clone().eat("REPLACE");
        next.next();
        if replaces {
            self.statements().replacing.clone()
        } else {
            Operations::NONE
        }
    }
}

/// Returns `true` for `SET c = …`, but not for a table named `set`.
fn is_set_list(next: &Cursor<'_>) -> bool {
    let mut next = next.clone();
    next.eat("SET") && !next.eat("SET")
}

fn is_text(token: Option<&Token>) -> bool {
    matches!(
        token,
        Some(
            Token::DollarQuotedString(_)
                | Token::SingleQuotedString(_)
                | Token::EscapedStringLiteral(_)
                | Token::UnicodeStringLiteral(_)
                | Token::NationalStringLiteral(_)
        )
    )
}
