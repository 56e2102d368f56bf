//! Values: the key/value interface of a region, with the engine and the guarantees of cached loads.
//!
//! A value is an entry of one row, under a key of its own. The [`engine`](crate::engine) makes every decision about it.
//! This room has the callers: [`get`] looks, [`set`] brings a value, [`create`] and [`batch`] create what is missing.
//! Everything that waits is written once, over a [`Wait`](crate::wait::Wait); `tasks` has the calls that return
//! futures.
//!
//! # One value at a time
//!
//! Two loads that query under equal stamps get equal rows, so both may be stored. Two values need not be equal: one
//! process would keep the first in its memory, and another the second. So a value is stored only by a caller that is
//! *alone* in doing so: the leader of all callers that miss the key, or one that has moved the key's slot and stores
//! under the resulting generation (a [`Claim`]). If several do that at the same time, the generation of the last one
//! stands.
//!
//! [`Claim`]: crate::generation::Claim

mod batch;
mod create;
mod get;
mod region;
#[cfg(feature = "async")]
mod region_async;
mod set;
#[cfg(feature = "async")]
mod tasks;
mod values;

pub use set::Prepared;
#[cfg(feature = "async")]
pub use tasks::PreparedAsync;
pub use values::Values;
