//! What a piece of code writes.

use crate::sql::facts::{Columns, TableName, Writes};

/// What a piece of code writes by its own statements. The effects of the functions that it calls are not included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    pub(crate) writes: Writes,
    /// The words of all statements that write something but are not understood. Each table that these statements write
    /// is among the words.
    pub(crate) unread: Vec<TableName>,
    /// The columns to which the code assigns values, in the row for which its trigger fires.
    pub(crate) assigned: Columns,
    /// Whether the code builds statements at run time, runs statements that it holds as strings, or spells names by
    /// escapes.
    pub(crate) is_dynamic: bool,
}
