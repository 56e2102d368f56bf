//! What a cache does with connections: it is attached to them, runs sessions on them, and reads their catalog.

mod attach;
mod introspect;
mod session;

pub use self::attach::CacheConnection;
