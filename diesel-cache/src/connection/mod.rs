//! What a cache does with connections: it is attached to them, one by one or to all, runs sessions on them, and reads
//! their catalog.

mod attach;
mod install;
mod introspect;
mod replica;
mod session;
mod watch;

pub use self::attach::CacheConnection;
pub use self::replica::Replica;
