//! Programs that the compiler accepts. Those that deny warnings compile without any.
//!
//! They are compiled as modules of this binary, which is much cheaper than a build of each by `trybuild`.

mod async_pipelines;
mod async_selects;
mod bounds;
mod crate_path;
mod from_macro;
pub mod no_warnings;
mod relation_keys;
mod selects;
mod shadowed_names;
