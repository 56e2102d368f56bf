//! Statements inside other statements: the query of a view, the body of a trigger or of a function. They are what a catalog shows of
//! them.

pub(crate) mod header;
mod heads;
mod row;
mod set_list;

use sqlparser::tokenizer::Token;

use self::heads::Heads;
use super::{
    Columns, Dialect, Kind, TableName, Tables, Writes,
    control::classify,
    cursor::{Cursor, is_word, word},
    spelling::Modes,
    split::{split, tokens},
};

/// What code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// The body of one of SQLite's triggers, with `CREATE TRIGGER` in front.
    SqliteTrigger,
    /// Statements of PostgreSQL, separated by semicolons.
    PostgresSql,
    /// The action of a rule, with `CREATE RULE` in front.
    PostgresRule,
    Plpgsql,
    /// MySQL's and MariaDB's stored programs.
    Mysql,
}

impl Language {
    fn dialect(self) -> Dialect {
        match self {
            Self::SqliteTrigger => Dialect::Sqlite,
            Self::PostgresSql | Self::PostgresRule | Self::Plpgsql => Dialect::Postgres,
            Self::Mysql => Dialect::Mysql,
        }
    }
}

/// What a piece of code writes by statements of its own. What the functions do that it calls is another matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    pub(crate) writes: Writes,
    /// The words of statements that write something and are not understood: what they write is among them.
    pub(crate) unread: Vec<TableName>,
    /// Columns of the row that its trigger is fired for, to which it assigns values.
    pub(crate) assigned: Columns,
    /// It builds statements at run time, hands them on as texts, or spells names by escapes.
    pub(crate) is_dynamic: bool,
}

/// Reads code: not all of its grammar, which is large, but the beginnings of the statements that write. A keyword of such a beginning
/// occurs in a few other places (`FOR UPDATE`, `ON DELETE`, `replace(…)`), which are known; in any other place it makes its statement
/// an unread one.
///
/// `None` if the text cannot be taken apart.
pub(crate) fn read_body(text: &str, language: Language) -> Option<Body> {
    // Whoever looks for a name in the text does not find it.
    if language.dialect() == Dialect::Postgres && spells_by_escapes(text) {
        return Some(Body {
            assigned: Columns::Any,
            is_dynamic: true,
            ..Body::default()
        });
    }
    // The mode that one of MySQL's was made in is known.
    let modes = match language {
        Language::Mysql => Modes::Usual,
        _ => Modes::Any,
    };
    let tokens = tokens(text, language.dialect(), modes).ok()?;
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let code = match language {
        Language::SqliteTrigger => after(&tokens, "BEGIN")?,
        Language::PostgresRule => after(&tokens, "DO")?,
        Language::PostgresSql | Language::Plpgsql | Language::Mysql => &tokens,
    };
    let mut body = Heads::read(code, language);
    body.assigned = row::assigned(code, language);
    Some(body)
}

/// May there be a name of PostgreSQL's in the text that is spelled by escapes, `U&"…"`?
pub(crate) fn spells_by_escapes(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'u' | b'U', b'&', b'"']))
}

/// What follows the first such word that is not in brackets.
fn after<'a>(tokens: &'a [Token], keyword: &str) -> Option<&'a [Token]> {
    let mut depth = 0_usize;
    let place = tokens.iter().position(|token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && is_word(token, keyword)
    })?;
    Some(&tokens[place + 1..])
}

/// Does this `CREATE TABLE` of SQLite's say `ON CONFLICT REPLACE`, so that a row may go for the sake of another?
pub(crate) fn replaces_rows(definition: &str) -> bool {
    let Ok(tokens) = tokens(definition, Dialect::Sqlite, Modes::Any) else {
        return true;
    };
    let words: Vec<&str> = tokens.iter().filter_map(word).collect();
    words.windows(3).any(|words| {
        let mut pairs = words.iter().zip(["ON", "CONFLICT", "REPLACE"]);
        pairs.all(|(word, expected)| word.eq_ignore_ascii_case(expected))
    })
}

/// What the query of a `CREATE VIEW … AS …` reads.
pub(crate) fn view_reads(definition: &str, dialect: Dialect) -> Tables {
    let Ok(statements) = split(definition, dialect) else {
        return Tables::Everything;
    };
    let [tokens] = &*statements else {
        return Tables::Everything;
    };
    let mut cursor = Cursor::new(tokens);
    while !cursor.eat("AS") {
        // Columns may be listed before.
        let passed = match cursor.peek() {
            Some(Token::LParen) => cursor.group().is_some(),
            _ => cursor.next().is_some(),
        };
        if !passed {
            return Tables::Everything;
        }
    }
    match &*classify(cursor.rest(), dialect) {
        [query] if matches!(query.kind, Kind::Select { .. }) => query.reads.clone(),
        _ => Tables::Everything,
    }
}
