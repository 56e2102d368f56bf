//! What a statement leaves behind on its connection.
//!
//! A plain setting is one [`SessionChange::Set`], whichever form of statement made it; what only the statement itself
//! describes is [`SessionChange::Written`]. A value that the text does not show (a bound one, one that is computed from
//! rows or by a function) is [`SettingValue::Unknown`], and what a routine does is [`SessionChange::Unknown`].

/// One thing that a statement leaves behind on its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionChange {
    /// A setting has this value from now on.
    Set {
        /// In lower case; `@name` for a variable of MySQL's, `pragma name` for a pragma.
        name: Box<str>,
        value: SettingValue,
        /// Whether the value lasts only until the transaction ends.
        local: bool,
    },
    /// What the statement says, as it is written.
    Written(Box<str>),
    /// The statement attaches the file of this name.
    Attached { text: Box<str>, file: Box<str> },
    /// Temporary tables are dropped.
    DropTemporary,
    /// PostgreSQL's `RESET ALL`.
    ResetAll,
    /// PostgreSQL's `DISCARD ALL`.
    DiscardAll,
    /// It may have changed anything.
    Unknown,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingValue {
    /// The one that every new connection has.
    Default,
    /// As it is written in the text.
    Written(Box<str>),
    Unknown,
}

impl SessionChange {
    pub(in crate::sql) fn set(name: &str, value: SettingValue) -> Self {
        Self::Set {
            name: name.into(),
            value,
            local: false,
        }
    }
}
