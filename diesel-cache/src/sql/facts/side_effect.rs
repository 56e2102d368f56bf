//! What a statement does beyond its text.

use super::writes::Writes;

/// The effects of code that runs in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SideEffect {
    pub(crate) writes: Writes,
    /// Whether it may change something that other texts on its connection depend on: a setting, a role, a user
    /// variable, a temporary table.
    pub(crate) changes_session: bool,
    /// Whether it may change the catalog.
    pub(crate) defines: bool,
}

impl SideEffect {
    pub(crate) const NONE: Self = Self {
        writes: Writes::Nothing,
        changes_session: false,
        defines: false,
    };

    pub(crate) fn writing(writes: Writes) -> Self {
        Self { writes, ..Self::NONE }
    }

    /// Returns the effect without the tables that it writes. For a write to a table, the catalog's facts hold these
    /// tables, and take effect when one of them is read.
    pub(crate) fn beside_tables(self) -> Self {
        Self {
            writes: Writes::Nothing,
            ..self
        }
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        self.writes.add_all(&other.writes);
        self.changes_session |= other.changes_session;
        self.defines |= other.defines;
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}
