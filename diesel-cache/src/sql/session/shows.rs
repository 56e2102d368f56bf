//! What a query shows of its session: state that no write changes and no other session has.

use sqlparser::tokenizer::Token;

use crate::sql::{dialect::Dialect, tokens::dense};

/// Returns `true` if the result depends on state of the session that is not part of the key.
pub(in crate::sql) fn shows_session(tokens: &[Token], dialect: Dialect) -> bool {
    let syntax = dialect.syntax();
    let shows = syntax.session.shows;
    let dense = dense(tokens);
    let shown = |place: usize, token: &Token| match token {
        Token::Word(word) => {
            let is_called = dense.get(place + 1) == Some(&&Token::LParen);
            shows(&word.value.to_ascii_lowercase(), is_called)
        }
        Token::SingleQuotedString(name) => {
            syntax.spelling.single_quoted_names && shows(&name.to_ascii_lowercase(), false)
        }
        _ => false,
    };
    dense.iter().enumerate().any(|(place, token)| shown(place, token)) || (syntax.session.shows_by_expressions)(tokens)
}
