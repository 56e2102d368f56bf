//! Where entries lie. A store knows keys and bytes, nothing of regions or of Diesel.

mod disk;
mod key_locks;
mod memory;
mod session;

pub(crate) use disk::{DiskOptions, DiskStore, HEAD, create_private_dir};
pub(crate) use key_locks::{Attempt, KeyLock, KeyLocks};
pub(crate) use memory::MemoryStore;
pub(crate) use session::SessionStore;
