//! Functions that are made to set something.

use sqlparser::tokenizer::Token;

use crate::sql::tokens::called;

/// Returns `true` if the statement calls a function that is made to set something.
///
/// The functions are PostgreSQL's and SQLite's, and looked for in both, so that the readings of a text whose dialect is
/// not known agree.
pub(super) fn calls_a_setter(tokens: &[Token]) -> bool {
    ["set_config", "load_extension"]
        .iter()
        .any(|function| called(tokens, function).next().is_some())
}
