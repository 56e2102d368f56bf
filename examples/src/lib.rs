//! Code that the examples share.
//!
//! - [`schema`] and [`model`]: people, their addresses, and the lazy loads between them;
//! - [`environment`]: the cache, its regions, and connections that print their statements;
//! - [`fixture`]: the rows of `data/fixture.sql`, installed by the first example that runs.

pub mod environment;
pub mod fixture;
pub mod model;
pub mod schema;

pub use environment::Environment;
