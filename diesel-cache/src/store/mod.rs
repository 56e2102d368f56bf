//! Where entries lie. A store knows keys and bytes, nothing of regions or of Diesel.

#[allow(dead_code, reason = "the region engine does not call all of it yet")]
mod disk;
mod key_locks;
mod memory;
mod session;

pub(crate) use disk::{DiskOptions, DiskStore, create_private_dir};
pub(crate) use key_locks::{KeyLock, KeyLocks};
pub(crate) use memory::MemoryStore;
pub(crate) use session::SessionStore;
