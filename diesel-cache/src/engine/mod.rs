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
//! | `probe`, `request` | looking for an entry |
//! | `flight` | which of the callers that miss a key queries |
//! | `unchanged` | for how long nothing has changed that rows depend on |
//! | `fill` | storing rows |
//! | `load` | one load, after the first look into memory, to the permission to store |
//! | `member`, `rounds` | one key of a batch; the rounds in which a batch takes turns |
//! | `forecast` | what the next load of a query would be |
//! | `lookup` | what a region holds, as data |
//! | `record`, `counters`, `statements` | everything that is counted and reported |
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
mod unchanged;
mod usage;
mod write_behind;

pub(crate) use self::core::{RegionCore, Scope};
pub(crate) use fill::{Step, Ticket};
pub(crate) use flight::Flight;
pub use forecast::Outcome;
pub(crate) use forecast::{Forecast, Rows};
pub use lookup::Lookup;
pub(crate) use member::{Member, Turn};
pub(crate) use probe::{FirstProbe, MemoryProbe};
pub(crate) use request::Request;
pub(crate) use rounds::Rounds;
pub(crate) use spec::{Access, LoadOptions, LoadSpec, Requirements, Terms};
pub(crate) use statements::{CountsNow, StatementNow};
pub(crate) use write_behind::WriterHandle;
