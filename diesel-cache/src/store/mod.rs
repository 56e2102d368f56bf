//! Where entries lie. A store knows keys and bytes, nothing of regions or of Diesel.

mod disk;
mod memory;
mod session;

pub(crate) use disk::{DiskStore, create_private_dir};
pub(crate) use memory::MemoryStore;
pub(crate) use session::SessionStore;
