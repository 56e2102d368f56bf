//! What a statement leaves behind on its connection.
//!
//! A plain setting is one [`Change::Set`], whichever form of statement made it; what only the statement itself describes is
//! [`Change::Written`]. A value that the text does not show (a bound one, one that is computed from rows or by a function) is
//! [`Value::Unknown`], and what a routine does is [`Change::Unknown`].

/// One thing that a statement leaves behind on its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A setting has this value from now on.
    Set {
        /// In lower case; `@name` for a variable of MySQL, `pragma name` for a pragma.
        name: Box<str>,
        value: Value,
        /// Until the transaction ends.
        local: bool,
    },
    /// What the statement says, as it is written.
    Written(Box<str>),
    /// The statement attaches the file of this name.
    Attached { text: Box<str>, file: Box<str> },
    /// Temporary tables are gone.
    DropTemporary,
    /// PostgreSQL's `RESET ALL`.
    ResetAll,
    /// PostgreSQL's `DISCARD ALL`.
    DiscardAll,
    /// Anything at all.
    Unknown,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// The one that every new connection has.
    Default,
    /// As it is written in the text.
    Written(Box<str>),
    Unknown,
}

impl Change {
    pub(in crate::sql) fn set(name: &str, value: Value) -> Self {
        Self::Set {
            name: name.into(),
            value,
            local: false,
        }
    }
}
