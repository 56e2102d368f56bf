//! Locks on keys. While one process queries for a key, the lock makes the others wait for its rows.
//!
//! A lock is a value with an expiry (its lease), so it ends even if its holder dies. If the holder takes longer than
//! the lease, another process queries as well. That costs a query and nothing else, because each of the two stores its
//! rows under its own stamp. Each lock has a unique token, and its release removes the value only if it still has this
//! token.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::redis::Script;

use super::connections::Connections;
use crate::tier::shared::LockAttempt;

/// The longest lease. If the holder of a lock dies, other processes wait for no longer than this.
const LONGEST_LEASE: Duration = Duration::from_secs(60);

/// Takes the lock if it is free. A value without an expiry was not set by this script, and would block the key for
/// ever, so it is overwritten.
const LOCK: &str = "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return 1
elseif redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
end
return 0";

const UNLOCK: &str = "if redis.pcall('GET', KEYS[1]) == ARGV[1] then
    redis.call('UNLINK', KEYS[1])
end";

/// The locks of a region's keys.
pub(super) struct Locks {
    connections: Arc<Connections>,
    lease: u64,
    lock: Script,
    unlock: Arc<Script>,
}

impl Locks {
    pub(super) fn new(connections: &Arc<Connections>, lease: Duration) -> Self {
        let lease = lease.clamp(Duration::from_millis(1), LONGEST_LEASE).as_millis();
        Self {
            connections: Arc::clone(connections),
            lease: u64::try_from(lease).unwrap_or(u64::MAX),
            lock: Script::new(LOCK),
            unlock: Arc::new(Script::new(UNLOCK)),
        }
    }

    pub(super) fn attempt(&self, entry: String) -> LockAttempt {
        let lock = RedisLock {
            connections: Arc::clone(&self.connections),
            unlock: Arc::clone(&self.unlock),
            name: entry + ":lock",
            token: token(),
        };
        let mut call = self.lock.key(&lock.name);
        call.arg(&lock.token).arg(self.lease);
        match self.connections.run(|connection| call.invoke(connection)) {
            Ok(true) => LockAttempt::Locked(Box::new(lock)),
            Ok(false) => {
                lock.forget();
                LockAttempt::Busy
            }
            // The server may have set the lock although its reply did not arrive. Such a lock expires.
            Err(_) => {
                lock.forget();
                LockAttempt::Unavailable
            }
        }
    }
}

/// Returns a token that no other lock has.
fn token() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = |salt: u8| RandomState::new().hash_one((salt, count, std::process::id()));
    format!("{:016x}{:016x}", random(0), random(1))
}

/// A lock, released when it is dropped.
struct RedisLock {
    connections: Arc<Connections>,
    unlock: Arc<Script>,
    /// The name of the lock's key; empty if the lock is not held.
    name: String,
    token: String,
}

impl RedisLock {
    fn forget(mut self) {
        self.name.clear();
    }
}

impl Drop for RedisLock {
    fn drop(&mut self) {
        if self.name.is_empty() {
            return;
        }
        let (connections, unlock) = (Arc::clone(&self.connections), Arc::clone(&self.unlock));
        let (name, token) = (std::mem::take(&mut self.name), std::mem::take(&mut self.token));
        let release = move || {
            // If this fails, the lock expires.
            let _ = connections.run(|connection| unlock.key(&name).arg(&token).invoke::<()>(connection));
        };
        // A task that is dropped releases its lock on a thread of the runtime, which must not block.
        #[cfg(feature = "async")]
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(release);
            return;
        }
        release();
    }
}

impl fmt::Debug for RedisLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLock")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        let tokens: std::collections::HashSet<String> = (0..1000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 1000);
    }
}
