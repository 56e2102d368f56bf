//! Faults of the machine: full disks, read-only disks, no file descriptors, slow disks, clocks set back, very many
//! keys, very large results. In each case, loads return the right rows, an event reports the fault, nothing panics or
//! leaks, and the cache works again once the cause is gone. Runs on SQLite alone, because files do not depend on the
//! database. The neighbouring modules test damaged and missing files.

mod clock;
mod disk;
mod handles;
mod large;
mod slow;
mod tools;
