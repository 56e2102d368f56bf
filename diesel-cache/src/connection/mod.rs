//! A cache and its connections: attaching, and sessions.

mod attach;
mod session;

pub use self::attach::CacheConnection;
