//! How many keys one statement can ask for.

use crate::Error;
use crate::key::StatementRef;
use crate::sql::{Dialect, inseparable};

/// The number of values that a statement can bind.
fn most_binds(dialect: Dialect) -> usize {
    match dialect {
        // SQLITE_MAX_VARIABLE_NUMBER, by default.
        Dialect::Sqlite => 32_766,
        // Both protocols count them in 16 bits.
        Dialect::Postgres | Dialect::Mysql => 65_535,
    }
}

/// The number of conditions that a statement has, one for each key of several columns. The time that SQLite takes to
/// plan a statement grows with the square of it: 1,000 take milliseconds.
const MOST_CONDITIONS: usize = 1_000;

/// For a backend that is not Diesel's own: what all databases can bind.
const FEW: usize = 999;

/// Returns how many keys of so many columns a statement can ask for. `one` is the query for one key.
///
/// # Errors
///
/// [`Error::Inseparable`] if it cannot be asked for several keys at once.
pub(super) fn keys_at_once(one: &StatementRef, columns: usize) -> Result<usize, Error> {
    let Some(dialect) = Dialect::of_key(one.backend()) else {
        return Ok((FEW / columns).max(1));
    };
    if let Some(found) = inseparable(one.sql(), dialect) {
        return Err(Error::Inseparable { found });
    }
    // PostgreSQL's keys of one column are one bind, an array.
    if dialect == Dialect::Postgres && columns == 1 {
        return Ok(usize::MAX);
    }
    // Counts too many rather than too few: a character in a string is not a bind.
    let binds = one.sql().matches(['?', '$']).count();
    let keys = most_binds(dialect).saturating_sub(binds) / columns;
    let most = if columns == 1 { keys } else { keys.min(MOST_CONDITIONS) };
    Ok(most.max(1))
}
