//! How many keys one statement can ask for.

use crate::Error;
use crate::key::StatementRef;
use crate::sql::{Behaviour, Dialect, inseparable};

/// The number of conditions that a statement has, one for each key of several columns. The time that SQLite takes to
/// plan a statement grows with the square of it: 1,000 take milliseconds.
const MOST_CONDITIONS: usize = 1_000;

/// Returns how many keys of so many columns a statement can ask for. `one` is the query for one key.
///
/// # Errors
///
/// [`Error::Inseparable`] if it cannot be asked for several keys at once.
pub(super) fn keys_at_once(one: &StatementRef, columns: usize) -> Result<usize, Error> {
    let Some(dialect) = Dialect::of_key(one.backend()) else {
        return Ok((Behaviour::of(None).max_binds / columns).max(1));
    };
    if let Some(found) = inseparable(one.sql(), dialect) {
        return Err(Error::Inseparable { found });
    }
    let behaviour = Behaviour::of(Some(dialect));
    if behaviour.binds_arrays && columns == 1 {
        return Ok(usize::MAX);
    }
    // Counts too many rather than too few: a character in a string is not a bind.
    let binds = one.sql().matches(['?', '$']).count();
    let keys = behaviour.max_binds.saturating_sub(binds) / columns;
    let most = if columns == 1 { keys } else { keys.min(MOST_CONDITIONS) };
    Ok(most.max(1))
}
