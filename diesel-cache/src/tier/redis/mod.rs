//! Entries in Redis or Valkey.
//!
//! A region's entries lie under keys `diesel-cache:1:{<epoch>}:<region>:<key>`, as [values](value) with a checksum and
//! an expiry; `…:<key>:lock` is the [lock] of a key. The epoch is that of the cache's generations. An entry of
//! another epoch could not be valid, and caches that share a server, but no generations, do not disturb each other:
//! none reads, overwrites or clears what another has stored. The entries of a past epoch expire.
//!
//! Every command goes through [`connections`], which bounds the time that it may take. If the server cannot be reached,
//! or is slow, full or read-only, the command returns an error, which the engine treats as a miss, or as an entry that
//! was not stored.

mod connections;
mod failure;
mod lock;
mod scan;
mod value;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::{Script, cmd};

use self::connections::{Connections, Epoch};
use self::failure::to_io;
use self::lock::Locks;
use super::shared::{Evicted, IsUseless, LockAttempt, SharedTier, Swept, Verified};
use crate::clock::Millis;
use crate::entry::Header;
use crate::event::Tier;
use crate::key::CacheKey;
use crate::redis_server::{Server, Timeouts};

/// The longest time for which the server keeps an entry, whatever its time to live. This bounds the memory that entries
/// of earlier epochs take.
const LONGEST_STAY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Writes the time of a use into an existing value, and never creates a value. `SETRANGE` keeps the expiry.
const TOUCH: &str = "if redis.call('STRLEN', KEYS[1]) >= tonumber(ARGV[3]) then
    redis.call('SETRANGE', KEYS[1], ARGV[1], ARGV[2])
end";

/// The options of a region's tier.
#[derive(Debug)]
pub(crate) struct RedisOptions<'a> {
    pub(crate) url: &'a str,
    pub(crate) region: &'a str,
    pub(crate) timeouts: Timeouts,
    /// The lease of a lock: how long the lock lasts if its holder dies.
    pub(crate) lease: Duration,
    /// How long an entry is kept after its time to live, in order to be served stale.
    pub(crate) stale: Duration,
}

/// The entries of a region on a server.
pub(crate) struct RedisTier {
    connections: Arc<Connections>,
    locks: Locks,
    region: String,
    stale: Duration,
    touch: Script,
    location: PathBuf,
    /// The number of entries and their bytes, as this process last counted them.
    usage: Mutex<(u64, u64)>,
}

impl RedisTier {
    /// Prepares the tier. Does not connect: a server that is down now may be up later.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the URL.
    pub(crate) fn open(options: &RedisOptions<'_>, epoch: Epoch) -> Result<Self, String> {
        let server = Server::parse(options.url)?;
        let location = server.location();
        let connections = Arc::new(Connections::new(server, options.timeouts, epoch));
        Ok(Self {
            locks: Locks::new(&connections, options.lease),
            connections,
            region: options.region.to_owned(),
            stale: options.stale,
            touch: Script::new(TOUCH),
            location: location.into(),
            usage: Mutex::default(),
        })
    }

    /// Returns the prefix of all keys of the region in this epoch.
    ///
    /// # Errors
    ///
    /// If the cache's generations cannot be reached.
    fn prefix(&self) -> io::Result<String> {
        Ok(format!(
            "diesel-cache:1:{{{}}}:{}:",
            self.connections.tag()?,
            self.region
        ))
    }

    fn name(&self, key: &CacheKey) -> io::Result<String> {
        Ok(format!("{}{key}", self.prefix()?))
    }

    /// Returns how long the server keeps an entry.
    fn stay(&self, bytes: &[u8], now: Millis) -> Duration {
        let left = Header::decode(bytes).and_then(|(header, _)| now.age_at(header.expires_at.after(self.stale)));
        left.map_or(LONGEST_STAY, |left| left.clamp(Duration::from_millis(1), LONGEST_STAY))
    }

    fn count(&self, entries: u64, bytes: u64) {
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner) = (entries, bytes);
    }
}

impl SharedTier for RedisTier {
    fn tier(&self) -> Tier {
        Tier::Redis
    }

    fn get(&self, key: &CacheKey) -> io::Result<Option<Vec<u8>>> {
        let name = self.name(key)?;
        let found: Result<Option<Vec<u8>>, _> = self
            .connections
            .run(|connection| cmd("GET").arg(&name).query(connection));
        match found {
            Ok(found) => Ok(found.and_then(|value| value::decode(key, &value))),
            // Another program has put a list or a hash under this key.
            Err(error) if error.code() == Some("WRONGTYPE") => Ok(None),
            Err(error) => Err(to_io(&error)),
        }
    }

    fn put(&self, key: &CacheKey, bytes: &[u8], now: Millis, _: IsUseless<'_>) -> io::Result<Evicted> {
        let name = self.name(key)?;
        let value = value::encode(key, bytes, now);
        if value.len() > value::LARGEST {
            return Err(io::Error::other(
                "the entry is larger than the largest value that Redis accepts",
            ));
        }
        let stay = u64::try_from(self.stay(bytes, now).as_millis()).unwrap_or(u64::MAX);
        self.connections
            .run(|connection| {
                let mut set = cmd("SET");
                set.arg(&name).arg(&value).arg("PX").arg(stay).exec(connection)
            })
            .map_err(|error| to_io(&error))?;
        Ok(Evicted::default())
    }

    fn remove(&self, key: &CacheKey) -> io::Result<()> {
        let name = self.name(key)?;
        self.connections
            .run(|connection| cmd("UNLINK").arg(&name).exec(connection))
            .map_err(|error| to_io(&error))
    }

    fn clear(&self) -> io::Result<()> {
        scan::clear(&self.connections, &self.prefix()?)?;
        self.count(0, 0);
        Ok(())
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        match self.name(key) {
            Ok(name) => self.locks.attempt(name),
            Err(_) => LockAttempt::Unavailable,
        }
    }

    /// Returns `None`: every process would have to write to one key in order to count.
    fn stores(&self) -> Option<u64> {
        None
    }

    fn used_at(&self, key: &CacheKey) -> Option<Millis> {
        let name = self.name(key).ok()?;
        let head: Vec<u8> = self
            .connections
            .run(|connection| cmd("GETRANGE").arg(&name).arg(0).arg(value::HEAD - 1).query(connection))
            .ok()?;
        value::used_at(&head)
    }

    fn touch(&self, key: &CacheKey, now: Millis) {
        let Ok(name) = self.name(key) else { return };
        let mut call = self.touch.key(&name);
        call.arg(value::USED_AT).arg(&now.0.to_le_bytes()).arg(value::HEAD);
        let _ = self.connections.run(|connection| call.invoke::<()>(connection));
    }

    /// Returns `None`: the server's own `maxmemory` bounds everything that it holds.
    fn capacity(&self) -> Option<u64> {
        None
    }

    /// Returns what the last sweep of this process has counted. To count again would mean to scan every key of the
    /// server.
    fn usage(&self) -> (u64, u64) {
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sweep(&self, is_useless: IsUseless<'_>) -> io::Result<Swept> {
        let swept = scan::sweep(&self.connections, &self.prefix()?, is_useless)?;
        self.count(swept.entries, swept.bytes);
        Ok(swept)
    }

    fn verify(&self) -> io::Result<Verified> {
        scan::verify(&self.connections, &self.prefix()?)
    }

    fn location(&self) -> &Path {
        &self.location
    }
}

impl fmt::Debug for RedisTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTier")
            .field("location", &self.location)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
