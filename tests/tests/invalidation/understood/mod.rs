//! Valid statements, sent to the real databases: none is taken for a write of more than it writes, or of less.

mod dsl;
mod texts;
mod upkeep;
mod world;
