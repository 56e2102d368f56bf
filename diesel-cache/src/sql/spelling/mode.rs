//! The modes that a text may be read in.

use crate::sql::Dialect;

/// In which literals a backslash takes the next character along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) dialect: Dialect,
    /// In `'…'`, where no letter in front says otherwise.
    pub(super) single: bool,
    /// In `"…"`.
    pub(super) double: bool,
}

impl Mode {
    const fn new(dialect: Dialect, single: bool, double: bool) -> Self {
        Self {
            dialect,
            single,
            double,
        }
    }

    pub(super) fn usual(dialect: Dialect) -> Self {
        let escapes = dialect.syntax().escapes_by_default;
        Self::new(dialect, escapes, escapes)
    }

    pub(super) fn unusual(dialect: Dialect) -> impl Iterator<Item = Self> {
        let escapes = dialect.syntax().unusual_escapes.iter();
        escapes.map(move |&(single, double)| Self::new(dialect, single, double))
    }
}
