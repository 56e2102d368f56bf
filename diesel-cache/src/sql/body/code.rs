//! What a piece of code writes.

use crate::sql::facts::{Columns, TableName, Writes};

/// What a piece of code writes by statements of its own. What the functions do that it calls is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    pub(crate) writes: Writes,
    /// The words of statements that write something and are not understood. The tables that they write are among these
    /// words.
    pub(crate) unread: Vec<TableName>,
    /// The columns to which the code assigns values in the row that its trigger is fired for.
    pub(crate) assigned: Columns,
    /// Whether the code builds statements at run time, hands them on as texts, or spells names by escapes.
    pub(crate) is_dynamic: bool,
}
