//! A cache and its connections: attaching one, sessions on it.

mod attach;
mod session;

pub use self::attach::CacheConnection;
