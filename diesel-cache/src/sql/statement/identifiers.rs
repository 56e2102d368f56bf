//! Identifiers of parsed statements.

use sqlparser::ast::Ident;

/// Returns `true` if the two names are equal in every database.
pub(super) fn is_same(one: &Ident, other: &Ident) -> bool {
    let folds = |name: &Ident| name.value.chars().any(|c| c.is_ascii_uppercase() || !c.is_ascii());
    one.value == other.value && (one.quote_style.is_some() == other.quote_style.is_some() || !folds(one))
}
