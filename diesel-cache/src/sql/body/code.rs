//! What a piece of code writes.

use crate::sql::{Columns, TableName, Writes};

/// What a piece of code writes by statements of its own. What the functions do that it calls is another matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Body {
    pub(crate) writes: Writes,
    /// The words of statements that write something and are not understood: what they write is among them.
    pub(crate) unread: Vec<TableName>,
    /// Columns of the row that its trigger is fired for, to which it assigns values.
    pub(crate) assigned: Columns,
    /// It builds statements at run time, hands them on as texts, or spells names by escapes.
    pub(crate) is_dynamic: bool,
}
