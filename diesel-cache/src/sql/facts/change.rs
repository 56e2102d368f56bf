//! What a statement leaves behind on its connection.
//!
//! A plain setting is a [`SessionChange::Set`], whatever statement made it. A change that only the statement itself
//! describes is a [`SessionChange::Written`]. A value that the text does not show (a bind, or a value computed from
//! rows or by a function) is [`SettingValue::Unknown`]. What a routine changes is [`SessionChange::Unknown`].

/// One thing that a statement leaves behind on its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionChange {
    /// A setting has this value from now on.
    Set {
        /// In lower case. A MySQL user variable is `@name`, and a pragma is `pragma name`.
        name: Box<str>,
        value: SettingValue,
        /// Whether the value lasts only until the transaction ends.
        local: bool,
    },
    /// The change that this statement, or this assignment of a `SET`, describes.
    Written(Box<str>),
    /// The statement attaches the file of this name.
    Attached { text: Box<str>, file: Box<str> },
    /// Temporary tables are dropped.
    DropTemporary,
    /// PostgreSQL's `RESET ALL`.
    ResetAll,
    /// PostgreSQL's `DISCARD ALL`.
    DiscardAll,
    /// Anything may have changed.
    Unknown,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingValue {
    /// The value that every new connection has.
    Default,
    /// The value that the text writes.
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
