//! Everything that is read off Diesel's formatted output.
//!
//! Diesel promises none of these forms, but shows this information in no other way. So each is read in one file, and
//! the tests in `golden/` hold the exact text of the locked version of Diesel: an upgrade that changes a form fails
//! there.
//!
//! | what | where Diesel shows it | file |
//! | --- | --- | --- |
//! | where the SQL of an event ends | `Display` of `DebugQuery` | [`event`], [`binds`] |
//! | the bind values of a statement, as their `Debug` prints them | `Display` of `DebugQuery` | [`event_binds`] |
//! | the bind values of a query for SQLite | `Debug` of `SqliteBindCollector` | `sqlite_binds.rs` |
//! | the SQL name of a table | `Debug` of `Identifier` | [`identifier`] |
//! | the backend of a connection | `type_name` of the backend | [`backend`] |
//!
//! `docs/decisions/0025-what-is-read-off-text.md` in the repository says why.

mod backend;
mod binds;
mod event;
mod event_binds;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod golden;
mod identifier;
#[cfg(feature = "sqlite")]
mod sqlite_binds;

pub(crate) use backend::backend_name;
pub(crate) use binds::{is_text_of, possible_ends};
pub(crate) use event::EventText;
pub(crate) use event_binds::{EventBinds, collected_integer};
pub(crate) use identifier::static_name;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite_binds::SqliteBinds;
