//! The consequences of a write, as reported to people.

use std::fmt;

use crate::sql::{Operations, TableName};

/// The fact that operations on one table change what is read from another. Returned by
/// [`Introspection::consequences`](crate::Introspection::consequences). Prints as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    written: TableName,
    operations: Operations,
    read: Option<TableName>,
}

impl Consequence {
    /// A `read` of `None` stands for every table.
    pub(crate) fn new(written: &TableName, operations: &Operations, read: Option<&TableName>) -> Self {
        Self {
            written: written.clone(),
            operations: operations.clone(),
            read: read.cloned(),
        }
    }

    /// Returns the table that is written.
    pub fn written(&self) -> &str {
        self.written.as_str()
    }

    /// Returns the table, or view, whose rows change; `None` for every table.
    pub fn read(&self) -> Option<&str> {
        self.read.as_ref().map(TableName::as_str)
    }

    /// The operations on the first that change the second: some of `INSERT`, `UPDATE` (of any column), `UPDATE OF a, b`
    /// (of these columns), `DELETE`, `TRUNCATE`, and `REPLACE`, which is SQLite's `INSERT OR REPLACE` and `UPDATE OR
    /// REPLACE`.
    pub fn operations(&self) -> Vec<String> {
        self.operations.words()
    }
}

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operations == Operations::ALL {
            true => write!(f, "any write to `{}` changes ", self.written)?,
            false => write!(f, "{} on `{}` changes ", self.operations().join(" or "), self.written)?,
        }
        match &self.read {
            Some(read) => write!(f, "`{read}`"),
            None => f.write_str("every table"),
        }
    }
}
