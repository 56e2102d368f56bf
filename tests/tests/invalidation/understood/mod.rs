//! Valid statements, sent to real databases: the cache takes none of them for a write of more or fewer tables than it
//! writes.

mod dsl;
mod texts;
mod upkeep;
mod world;
