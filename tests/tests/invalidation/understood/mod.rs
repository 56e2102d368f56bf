//! Valid statements, sent to the real databases: none is taken for a write of more than it writes, nor of less.

mod dsl;
mod texts;
mod upkeep;
mod world;
