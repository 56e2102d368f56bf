//! Functions whose purpose is to set something.

use sqlparser::tokenizer::Token;

use crate::sql::tokens::called;

/// Returns `true` if the statement calls a function whose purpose is to set something.
///
/// One of the functions is PostgreSQL's and the other is SQLite's. Both dialects look for both, so that their readings
/// of a text agree if its dialect is not known.
pub(super) fn calls_a_setter(tokens: &[Token]) -> bool {
    ["set_config", "load_extension"]
        .iter()
        .any(|function| called(tokens, function).next().is_some())
}
