//! SELECT, INSERT, UPDATE, DELETE, MERGE and REPLACE, which sqlparser parses.

use std::borrow::Cow;

use sqlparser::{ast::Statement, keywords::Keyword, parser::Parser, tokenizer::Token};

use super::{fallback, rows, visit};
use crate::sql::{
    dialect::Dialect,
    facts::{StatementFacts, StatementKind},
    tokens::rewritten,
};

/// The deepest nesting of brackets that is parsed. Diesel adds a pair for every `.and(…)` of a chain.
const MAX_BRACKETS: usize = 500;
/// The parser's recursion limit. A pair of brackets takes a few levels.
const MAX_DEPTH: usize = 1_500;
/// The longest chain (`a OR b OR …`) that fits on the stack of any thread.
const SHORT_CHAIN: usize = 300;
/// The deepest nesting of brackets that fits on the stack of any thread.
const SHALLOW: usize = 8;
/// The longest chain that is parsed.
const MAX_CHAIN: usize = 100_000;
/// Stack for each link of a chain, in bytes. The syntax tree of a chain is as deep as the chain is long, and is dropped
/// recursively.
const BYTES_PER_LINK: usize = 2_048;
/// Stack for each pair of brackets, in bytes. Without optimisation, the parser takes 100 KB for a pair in FROM.
const BYTES_PER_BRACKET: usize = 128 << 10;

/// Returns what is known of a statement that begins with `verb`.
pub(super) fn query(tokens: &[Token], verb: &str, dialect: Dialect) -> StatementFacts {
    parsed(tokens, verb, dialect)
        .filter(|facts| facts.kind != StatementKind::Unknown)
        .map(|mut facts| {
            if !rows::is_plain(tokens, dialect) {
                facts.forget_rows();
            } else if !rows::names_columns(tokens) {
                facts.columns = None;
            }
            facts
        })
        .or_else(|| fallback::facts(tokens, verb, dialect))
        .unwrap_or_else(|| StatementFacts::unknown(verb))
}

/// Returns the facts of the statement as the parser reads it; `None` or unknown facts if it does not parse.
pub(in crate::sql) fn parsed(tokens: &[Token], verb: &str, dialect: Dialect) -> Option<StatementFacts> {
    see_parsed(tokens, dialect, |statement| visit::facts(statement, verb, dialect))
}

/// Calls `see` with the parsed statement, on a stack that is deep enough for it. Returns `None` if it does not parse.
pub(in crate::sql) fn see_parsed<T: Send>(
    tokens: &[Token],
    dialect: Dialect,
    see: impl FnOnce(&Statement) -> T + Send,
) -> Option<T> {
    on_sufficient_stack(tokens, || parse(tokens, dialect).map(|statement| see(&statement)))?
}

/// Returns the parser's error message for a text with these tokens, with its position; `None` if the parser accepts the
/// text, or if the text is too deep for it.
pub(in crate::sql) fn parser_error(sql: &str, tokens: &[Token], dialect: Dialect) -> Option<String> {
    let run = || {
        let parser = Parser::new(dialect.syntax().parser).try_with_sql(sql);
        let statements = parser.and_then(|mut parser| parser.parse_statements());
        statements.err().map(|error| error.to_string())
    };
    on_sufficient_stack(tokens, run)?
}

/// Runs on a stack that is deep enough for the syntax tree of these tokens. Returns `None` if none is.
fn on_sufficient_stack<T: Send>(tokens: &[Token], run: impl FnOnce() -> T + Send) -> Option<T> {
    let (brackets, chain) = (deepest_bracket(tokens), longest_chain(tokens));
    if brackets > MAX_BRACKETS || chain > MAX_CHAIN {
        None
    } else if brackets <= SHALLOW && chain <= SHORT_CHAIN {
        Some(run())
    } else {
        let stack = (4 << 20) + chain * BYTES_PER_LINK + brackets * BYTES_PER_BRACKET;
        on_deep_stack(stack, run)
    }
}

fn deepest_bracket(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    let depths = tokens.iter().map(|token| {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth
    });
    depths.max().unwrap_or(0)
}

/// Returns an upper bound on the length of the statement's chains: each link needs an operator or a word. Only chains
/// and brackets nest.
fn longest_chain(tokens: &[Token]) -> usize {
    let links = tokens.iter().filter(|token| match token {
        Token::Word(word) => word.quote_style.is_none() && !matches!(word.keyword, Keyword::DEFAULT | Keyword::NULL),
        Token::Whitespace(_) | Token::Comma | Token::Period | Token::LParen | Token::RParen => false,
        Token::Number(..) | Token::Placeholder(_) | Token::Question | Token::SingleQuotedString(_) => false,
        _ => true,
    });
    links.count()
}

/// Runs on a thread with a stack of this size. Returns `None` if the thread cannot be started, or if `run` panics.
fn on_deep_stack<T: Send>(bytes: usize, run: impl FnOnce() -> T + Send) -> Option<T> {
    let builder = std::thread::Builder::new().stack_size(bytes);
    std::thread::scope(|scope| builder.spawn_scoped(scope, run).ok()?.join().ok())
}

fn parse(tokens: &[Token], dialect: Dialect) -> Option<Statement> {
    let mut tokens = rewritten(&numbered(tokens, dialect), dialect.syntax().rewrite);
    let question = dialect.syntax().statements.question_is_operator && tokens.contains(&Token::Question);
    let statement = parse_tokens(tokens.clone(), dialect);
    if statement.is_some() || !question {
        return statement;
    }
    // The statement does not parse with `?` as an operator. Try it as a placeholder.
    for token in &mut tokens {
        if *token == Token::Question {
            *token = Token::Placeholder("?".into());
        }
    }
    parse_tokens(tokens, dialect)
}

/// Returns the number of binds that the statement needs; `None` if its placeholders do not show the number.
pub(super) fn binds(tokens: &[Token], dialect: Dialect) -> Option<usize> {
    let is_numbered = dialect.syntax().statements.question_is_operator;
    let mut count = 0;
    for token in tokens {
        match token {
            Token::Placeholder(name) if is_numbered => count = count.max(name.strip_prefix('$')?.parse().ok()?),
            Token::Placeholder(name) if name == "?" => count += 1,
            Token::Placeholder(_) => return None,
            _ => {}
        }
    }
    Some(count)
}

/// Replaces the placeholders `?` by `$1`, `$2`, … in the order of the text, since the parser reorders some clauses. If
/// the text itself names or numbers any placeholder, all become `?`, and none of their values is known.
fn numbered(tokens: &[Token], dialect: Dialect) -> Cow<'_, [Token]> {
    let is_placeholder = |token: &Token| matches!(token, Token::Placeholder(_));
    if dialect.syntax().statements.question_is_operator || !tokens.iter().any(is_placeholder) {
        return Cow::Borrowed(tokens);
    }
    let is_anonymous = |token: &Token| matches!(token, Token::Placeholder(name) if name == "?");
    let are_anonymous = tokens.iter().all(|token| !is_placeholder(token) || is_anonymous(token));
    let mut count = 0;
    let number = |token: &Token| match token {
        Token::Placeholder(_) if are_anonymous => {
            count += 1;
            Token::Placeholder(format!("${count}"))
        }
        Token::Placeholder(_) => Token::Placeholder("?".into()),
        other => other.clone(),
    };
    tokens.iter().map(number).collect()
}

fn parse_tokens(tokens: Vec<Token>, dialect: Dialect) -> Option<Statement> {
    let mut parser = Parser::new(dialect.syntax().parser)
        .with_recursion_limit(MAX_DEPTH)
        .with_tokens(tokens);
    let statement = parser.parse_statement().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(statement)
}
