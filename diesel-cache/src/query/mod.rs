//! Cached queries: how they are built, and how they are loaded.
//!
//! [`CachedDsl::cached`] wraps a SELECT in [`Cached`], which forwards Diesel's query methods to the SELECT and replaces
//! its `load`. A load finds its region (`Cache`), puts together the query's key (`key`), and has the engine look for an
//! entry that may be returned (`engine`). Without one it queries the database.
//!
//! | file | what it does |
//! | --- | --- |
//! | `dsl`, `options`, `forward`, `combine`, `raw` | `.cached(…)`; its options; Diesel's methods on a cached query; UNION and the like; `sql_query` |
//! | `load` | Diesel's `load` and its relatives on a blocking connection |
//! | `load_async`, `row_stream`, `whole` | the same on a connection of diesel-async; streams; the compiler's message for a connection that must not be split |
//! | `load_on` | loads on a shared reference to a connection, which can be pipelined |
//! | `load_from_dsl`, `load_from`, `load_from_async` | loads that take their connection from a pool, if they need one |
//! | `run`, `run_async` | what Diesel does not have: `load_shared`, `lookup`, `invalidate`, `explain` |
//! | `explain` | what a query's key, tables and next load are, for people |
//! | `form` | the forms in which a load returns its rows |
//! | `viewpoint`, `plan` | what a load takes from its connection; from there to a key, a footprint and a request |

mod combine;
mod dsl;
mod explain;
mod form;
mod forward;
mod load;
#[cfg(feature = "async")]
mod load_async;
mod load_from;
#[cfg(feature = "async")]
mod load_from_async;
mod load_from_dsl;
#[cfg(all(feature = "async", feature = "postgres"))]
mod load_on;
mod options;
mod plan;
mod raw;
#[cfg(feature = "async")]
mod row_stream;
mod run;
#[cfg(feature = "async")]
mod run_async;
mod viewpoint;
#[cfg(feature = "async")]
mod whole;

pub use combine::{Combined, Ignoring, Operand, Uncached};
pub use dsl::{CacheableQuery, CachedDsl, kind};
pub use explain::Explanation;
pub(crate) use form::Form;
pub use form::Rows;
pub(crate) use load::{Opened, RowOf, is_outage};
#[cfg(feature = "async")]
pub use load_async::Load;
pub(crate) use load_from::permitted;
#[cfg(feature = "async")]
pub use load_from_async::LoadFromFuture;
pub use load_from_dsl::{LoadFrom, LoadFromDsl};
#[cfg(all(feature = "async", feature = "postgres"))]
pub use load_on::{LoadOn, Pipelined};
pub use options::Cached;
pub(crate) use plan::Plan;
pub use raw::{WithBind, WithSql};
#[cfg(feature = "async")]
pub use row_stream::RowStream;
pub use run::{LoadShared, RunCachedDsl};
pub(crate) use viewpoint::Viewpoint;
#[cfg(feature = "async")]
pub use whole::WholeConnection;
