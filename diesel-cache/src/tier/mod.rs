//! The stores of entries.
//!
//! A region has up to two tiers. In front is the memory of the process ([`MemoryStore`]) or, for a session region, that
//! of the connection's session ([`SessionStore`]); both hold decoded [entries](crate::entry::Entry). Behind it may be a
//! [`SharedTier`], which holds encoded entries for several processes: [`DiskTier`], or `RedisTier` with the feature
//! `redis`.
//!
//! A tier handles keys, entries and bytes. It does not depend on regions, on Diesel, or on what makes an entry valid.
#![cfg_attr(
    not(feature = "fault-injection"),
    allow(unreachable_pub, reason = "only the project's own tests implement tiers")
)]

mod disk;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod session;
mod shared;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod test_tier;
mod wrapper;

pub(crate) use disk::{DiskTier, create_private_dir};
pub(crate) use memory::MemoryStore;
#[cfg(feature = "redis")]
pub(crate) use redis::{RedisOptions, RedisTier};
pub(crate) use session::SessionStore;
#[cfg(any(test, feature = "fault-injection"))]
pub use shared::{Evicted, IsUseless};
pub use shared::{HEAD, KeyLock, LockAttempt, SharedTier, Swept, Verified};
#[cfg(test)]
pub(crate) use test_tier::{TestLock, TestTier};
#[cfg(feature = "fault-injection")]
pub use wrapper::wrap_shared_tiers;
pub(crate) use wrapper::wrapped;
