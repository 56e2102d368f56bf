//! Splitting a text into its statements.

use sqlparser::tokenizer::{Token, Tokenizer};

use super::{
    dialect::{Dialect, QuotingModes},
    spelling::{SpellingError, readable},
    tokens::{Cursor, word},
};

/// Returns the tokens of a text, without comments.
///
/// # Errors
///
/// Fails if the text cannot be tokenised. The error is `true` if the text ends inside a literal or a comment, or if
/// sqlparser's tokeniser fails; then the text may be the beginning of a longer one.
pub(super) fn tokens(sql: &str, dialect: Dialect, modes: QuotingModes) -> Result<Vec<Token>, bool> {
    let syntax = dialect.syntax();
    let text = readable(sql, dialect, modes).map_err(|fault| fault == SpellingError::Unfinished)?;
    let tokens = Tokenizer::new(syntax.parser, &text).tokenize().map_err(|_| true)?;
    // It depends on the server's version whether it runs the code inside.
    let is_executable = |mark: &&str| sql.contains(mark);
    // SQLite stops at a zero byte; the others refuse it.
    if syntax.spelling.executable_comments.iter().any(is_executable) || sql.contains('\0') {
        return Err(false);
    }
    Ok(match syntax.spelling.at_sign_begins_word {
        true => variables_apart(tokens),
        false => tokens,
    })
}

/// Splits words at an `@` inside of them. sqlparser reads `SELECT@a` as one word; the server reads `SELECT` and `@a`.
fn variables_apart(tokens: Vec<Token>) -> Vec<Token> {
    let inside = |token: &Token| match token {
        Token::Word(word) if word.quote_style.is_none() => {
            let name = word.value.trim_start_matches('@');
            name.find('@').map(|place| word.value.len() - name.len() + place)
        }
        _ => None,
    };
    if !tokens.iter().any(|token| inside(token).is_some()) {
        return tokens;
    }
    let mut apart = Vec::with_capacity(tokens.len() + 1);
    for mut token in tokens {
        while let (Some(place), Token::Word(word)) = (inside(&token), &token) {
            let (first, rest) = word.value.split_at(place);
            apart.push(Token::make_word(first, None));
            token = Token::make_word(rest, None);
        }
        apart.push(token);
    }
    apart
}

/// Returns the tokens of each statement, without comments and semicolons. Fails as [`tokens`] does.
pub(super) fn split(sql: &str, dialect: Dialect) -> Result<Vec<Vec<Token>>, bool> {
    let tokens = tokens(sql, dialect, QuotingModes::Any)?;
    let mut statements = vec![Vec::new()];
    let mut body = Blocks::default();
    for token in tokens {
        if token == Token::SemiColon && body.depth == 0 {
            statements.push(Vec::new());
            body = Blocks::default();
        } else if let Some(statement) = statements.last_mut() {
            body.follow(statement, &token);
            statement.push(token);
        }
    }
    statements.retain(|statement| !Cursor::new(statement).is_at_end());
    Ok(statements)
}

/// The `BEGIN … END` blocks around a token, as in `CREATE TRIGGER … BEGIN …; …; END`. A semicolon inside them does not
/// end the statement, and their `END` is not a COMMIT.
#[derive(Default)]
struct Blocks {
    depth: usize,
    may_have_body: Option<bool>,
    after_end: bool,
}

impl Blocks {
    fn follow(&mut self, statement: &[Token], token: &Token) {
        if matches!(token, Token::Whitespace(_)) {
            return;
        }
        let word = word(token).unwrap_or_default();
        let is = |expected: &str| word.eq_ignore_ascii_case(expected);
        let after_end = std::mem::take(&mut self.after_end);
        // The tokens before the first `BEGIN` decide whether the statement may have a body.
        if is("BEGIN") && !*self.may_have_body.get_or_insert_with(|| may_have_body(statement)) {
            return;
        }
        // MariaDB's `BEGIN NOT ATOMIC … END`
        let block = self.depth == 0 && is("ATOMIC") && {
            let mut before = Cursor::new(statement);
            before.eat_all(&["BEGIN", "NOT"]) && before.is_at_end()
        };
        if block || is("BEGIN") || (self.depth > 0 && is("CASE") && !after_end) {
            self.depth += 1;
        } else if self.depth > 0 && is("END") {
            self.depth -= 1;
            self.after_end = true;
        } else if after_end && ["IF", "LOOP", "WHILE", "REPEAT", "FOR"].into_iter().any(is) {
            // `END IF` does not close a `BEGIN`.
            self.depth += 1;
        }
    }
}

/// Returns `true` if a statement with these tokens before its first `BEGIN` may have a body.
fn may_have_body(before: &[Token]) -> bool {
    let mut cursor = Cursor::new(before);
    cursor.eat_any(&["CREATE", "ALTER"]) && cursor.has_any(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"])
}
