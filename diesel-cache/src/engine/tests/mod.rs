//! The engine over test tiers, and the number of steps that it takes.

mod steps;
mod terms;
mod tiers;

pub(crate) use tiers::World;
