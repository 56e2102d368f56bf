//! Programs that the compiler accepts, without a warning where they deny warnings.
//!
//! They are compiled with this binary, which is much cheaper than to have `trybuild` build each.

mod async_pipelines;
mod async_selects;
mod bounds;
mod crate_path;
mod from_macro;
pub mod no_warnings;
mod relation_keys;
mod selects;
mod shadowed_names;
