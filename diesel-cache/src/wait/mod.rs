//! How a caller waits: a thread blocks, a task yields.
//!
//! Every decision about a load is written once, as `async` code over a [`Wait`]. A [`Blocking`] caller blocks inside
//! each step, so its futures are ready at the first poll and [`now`] runs them as plain calls. `docs/async.md` in the
//! repository describes the design.

mod blocking;
mod signal;
mod step;
#[cfg(feature = "async")]
mod tasks;

pub(crate) use blocking::{Blocking, Wait, now};
pub(crate) use signal::Signal;
#[cfg(any(feature = "async", test))]
pub(crate) use step::TaskStep;
pub(crate) use step::{may_block, off_task};
#[cfg(feature = "async")]
pub(crate) use tasks::{Tasks, on_task};
