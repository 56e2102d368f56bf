//! What a machine does to a cache: full disks, read-only disks, no file left to open, slow disks, clocks set back, very many keys,
//! very large results. In each: right rows, an event, no panic, nothing leaked, and all well once the cause is gone.
//!
//! On SQLite alone: the database makes no difference to files. The modules beside this one have damaged and missing files.

mod clock;
mod disk;
mod handles;
mod large;
mod slow;
mod tools;
