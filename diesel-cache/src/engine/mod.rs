//! The engine: finds, judges, fills and stores entries.
//!
//! | file | what it does |
//! | --- | --- |
//! | `spec` | the description of a load: requirements, options, access |
//! | `core` | a region's settings, tiers, flights and statistics; a region in one namespace |
//! | `front`, `backing` | the tier in front, and the shared tier behind it |
//! | `write_behind` | the entries on their way to the shared tier |
//! | `expiry`, `freshness`, `usage` | when entries expire, whether an entry may be served, when it was last used |
//! | `miss` | why a load found nothing usable, and what has invalidated an entry |
//! | `request` | one caller's load: what it asks for, and what it may do |
//! | `probe`, `tiers` | reading and judging one tier; probing all of them for a request |
//! | `load` | one load, after the first look into memory, to the permission to store |
//! | `flight`, `lead` | the table of queries in progress; leading one, or waiting for its rows |
//! | `ticket`, `fill` | the permission to store; taking it, and storing rows under it |
//! | `unchanged` | for how long nothing has changed that rows depend on |
//! | `member`, `rounds` | one key of a batch; the rounds in which a batch takes turns |
//! | `forecast` | what the next load of a query would be |
//! | `lookup` | what a region holds, as data |
//! | `record`, `counters`, `statements` | everything that is counted and reported |
//!
//! # What the steps return
//!
//! | type | it says | returned by | taken by |
//! | --- | --- | --- | --- |
//! | `MemoryRead` | what memory holds under the key | `Scope::read_memory` | its `hit` and `judge` |
//! | `MemoryProbe`, `FirstProbe` | whether that answers the load; if not, what was found | `MemoryRead::judge` | `Request::begin` |
//! | `SharedRead` | what the shared tier holds | `Scope::read_shared` | `probe_shared` |
//! | `Probe` | what a tier has for this reader: fresh, stale, or why nothing | `judge`, `probe_*` | `ask_tiers` |
//! | `TiersAnswer` | whether the tiers decide the load | `ask_tiers` | `begin`, batches |
//! | `Role`, `Landing` | whether the caller leads; what its wait has brought | `Flights::join`, `land` | `join_flight` |
//! | `LeadAttempt`, `LeadProbe` | leading without waiting; locking the key and looking again | `try_lead`, `lock_and_probe` | `revalidate`, `lead`, batches |
//! | `Step` | what the caller does: take the entry, or query, with a [`Ticket`] to store or without | `begin` | callers |
//!
//! The same engine loads queries and values. It depends neither on Diesel nor on creators, and uses the shared tier
//! only through [`SharedTier`](crate::tier::SharedTier).

mod backing;
mod core;
mod counters;
mod expiry;
mod fill;
mod flight;
mod forecast;
mod freshness;
mod front;
mod lead;
mod load;
mod lookup;
mod member;
mod miss;
mod probe;
mod record;
mod request;
mod rounds;
mod spec;
mod statements;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests;
mod ticket;
mod tiers;
mod unchanged;
mod usage;
mod write_behind;

pub(crate) use self::core::{RegionCore, Scope};
pub(crate) use flight::Flight;
pub use forecast::Outcome;
pub(crate) use forecast::{Forecast, RowsForecast};
pub use lookup::Lookup;
pub(crate) use member::{Member, Turn};
pub(crate) use probe::{FirstProbe, MemoryProbe};
pub(crate) use request::Request;
pub(crate) use rounds::Rounds;
pub(crate) use spec::{Access, LoadOptions, LoadSpec, Requirements, Terms};
pub(crate) use statements::{CountsNow, StatementNow};
pub(crate) use ticket::{Step, Ticket};
pub(crate) use write_behind::WriterHandle;
