//! The crate's error type.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The error type of this crate. The texts say what to do.
///
/// A cache that *fails* (full disk, corrupt file) never produces an error: the load queries the database, and an
/// [`Event`](crate::Event) reports the failure. Errors report misuse. A load returns them as
/// [`diesel::result::Error::QueryBuilderError`] around this type:
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { person (id) { id -> Integer, name -> Text } }
/// use diesel_cache::{Error, prelude::*};
///
/// let mut conn = SqliteConnection::establish(":memory:")?; // never attached
/// let result = person::table.cached("default").load::<(i32, String)>(&mut conn);
/// let Err(diesel::result::Error::QueryBuilderError(error)) = result else { panic!() };
/// assert!(matches!(error.downcast_ref(), Some(Error::NotAttached)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A cached query was loaded on a connection that is not attached to a cache, or whose instrumentation was replaced
    /// after it had been attached.
    NotAttached,
    /// The builder was given no region of this name.
    UnknownRegion {
        /// The unknown name.
        name: String,
        /// The regions that exist.
        known: Vec<String>,
    },
    /// `introspect` was called on a connection to a [replica](crate::Cache::attach_replica), which may show an old
    /// schema.
    IntrospectsReplica,
    /// A region handle was used on a connection that is attached to another cache or namespace.
    ForeignRegion {
        /// The region's name.
        name: String,
    },
    /// The builder was given two regions of the same name.
    DuplicateRegion {
        /// The name given twice.
        name: String,
    },
    /// A region's name cannot serve as the name of a directory.
    InvalidRegionName {
        /// The name as given.
        name: String,
    },
    /// The builder was given a disk region but no directory, or a Redis region but neither a directory nor a cluster.
    NoDirectory {
        /// The region's name.
        region: String,
    },
    /// The cache's directory cannot be created or used.
    Directory {
        /// The path as given to the builder, or the part of it that failed.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The server of a Redis region cannot be used, or a cluster's threads cannot be started. Only
    /// [`Region::sweep`](crate::Region::sweep), [`Region::verify`](crate::Region::verify) and, for a cluster,
    /// [`build`](crate::CacheBuilder::build) return it.
    Server {
        /// The server's address, without the password.
        address: String,
        /// What went wrong.
        source: io::Error,
    },
    /// A setting of a [`CacheConfig`](crate::CacheConfig) or of a cluster is unknown or invalid, or the URL of a Redis
    /// region or a cluster is malformed.
    Config {
        /// The path of the setting, such as `regions.default.time_to_live`. If an environment variable does not name a
        /// setting, the name of the variable.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Diesel refused the instrumentation for new connections.
    Install,
    /// A query takes locks on rows (`FOR UPDATE`), which an answer from the cache would not take.
    LockingClause,
    /// A raw query is not exactly one SELECT.
    NotASelect {
        /// What was found instead.
        found: String,
    },
    /// The creator of a value requests the same value, on the same thread or in the same future, and would wait for
    /// itself.
    AsksForItself {
        /// The value's key.
        key: String,
    },
    /// The creator of several values returned more or fewer values than keys.
    ValueCount {
        /// The number of keys.
        asked: usize,
        /// The number of values that it returned.
        created: usize,
    },
    /// A query was loaded for many keys at once, and something in it covers the rows of all keys together.
    Inseparable {
        /// What it is, as the SQL names it.
        found: String,
    },
    /// `consistent` was called for more keys than a statement can ask for.
    TooManyKeys {
        /// The number of different keys.
        keys: usize,
        /// How many a statement can ask for.
        most: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAttached => f.write_str(
                "the connection is not attached to a cache: call `cache.attach(&mut conn)` once per connection, or \
                 `cache.install()` before connecting; if a later `set_instrumentation` has detached it, use \
                 `cache.attach_with(&mut conn, instrumentation)` to have both",
            ),
            Self::IntrospectsReplica => f.write_str(
                "the connection leads to a replica, which may show an old schema: call `introspect` on a connection to \
                 the primary",
            ),
            Self::UnknownRegion { name, known } => {
                write!(f, "no region `{name}`: ")?;
                match known.as_slice() {
                    [] => f.write_str("the cache has none"),
                    known => write!(f, "the cache has `{}`", known.join("`, `")),
                }?;
                write!(f, "; add it with `Cache::builder().region(…)`")
            }
            Self::ForeignRegion { name } => write!(
                f,
                "region `{name}` belongs to another cache or namespace than the connection: take it from the cache \
                 that the connection is attached to"
            ),
            Self::DuplicateRegion { name } => {
                write!(f, "two regions have the name `{name}`: give each region its own name")
            }
            Self::InvalidRegionName { name } => write!(
                f,
                "invalid region name `{}`: it names a directory, so use 1 to 100 letters, digits, `_`, `-` or `.`, \
                 the first a letter, digit or `_`",
                name.escape_debug()
            ),
            Self::NoDirectory { region } => write!(
                f,
                "processes share region `{region}`, but the cache has no directory: call \
                 `Cache::builder().directory(…)`, or use `Region::memory` (a Redis region can have a cluster instead)"
            ),
            Self::Directory { path, .. } => write!(f, "cannot use `{}` as a cache directory", path.display()),
            Self::Server { address, .. } => write!(f, "cannot use the server at `{address}`"),
            Self::Config { path, reason } => write!(f, "{path}: {reason}"),
            Self::Install => f.write_str("cannot set Diesel's default instrumentation"),
            Self::LockingClause => f.write_str(
                "a query with a locking clause (`FOR UPDATE`, `FOR SHARE`, …) cannot be cached, because a hit \
                 would take no locks: load it without `.cached(…)`",
            ),
            Self::NotASelect { found } => write!(
                f,
                "only a single SELECT can be cached, found {found}: send it without `.cached(…)`"
            ),
            Self::AsksForItself { key } => write!(
                f,
                "the creator of `{key}` requests `{key}` itself, which would deadlock: create the value from other keys"
            ),
            Self::ValueCount { asked, created } => write!(
                f,
                "the creator was asked for {asked} values and returned {created}: return one for each key, in the order of the keys"
            ),
            Self::Inseparable { found } => write!(
                f,
                "the query cannot be loaded for many keys at once, found {found}: it would cover the rows of all keys \
                 together; load the keys one by one"
            ),
            Self::TooManyKeys { keys, most } => write!(
                f,
                "one statement can ask for {most} keys here, and `.consistent()` was called for {keys}: load fewer \
                 keys, or leave out `.consistent()`"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Directory { source, .. } | Self::Server { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for diesel::result::Error {
    fn from(error: Error) -> Self {
        Self::QueryBuilderError(Box::new(error))
    }
}
