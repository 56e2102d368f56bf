//! Regions: named parts of a cache, each with a kind, a time to live and bounds of its own.

mod builder;
mod handle;
mod identity;
mod kinds;
mod name;
mod print;
#[cfg(feature = "redis")]
mod redis;
mod reference;
mod statements;
mod stats;
mod sweep;

pub use builder::RegionBuilder;
pub use handle::Region;
pub(crate) use identity::HandleIdentity;
pub use name::RegionName;
pub use reference::RegionRef;
pub use statements::{LastInvalidation, StatementStats, Statements};
pub use stats::RegionStats;
pub(crate) use stats::patience;
pub(crate) use stats::table::overview;
pub use sweep::{Sweep, Verification};
