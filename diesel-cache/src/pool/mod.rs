//! Pools whose connections are taken only when a query has to be sent.
//!
//! A cached load needs its connection for two things: to send the query, and to know the context in which the query has
//! its meaning: where the connection leads, and which settings were sent on it. [`LazyPool`] remembers the context of a
//! pool's connections, so that a hit needs none. [`known`] is what it remembers, and decides when that is not enough.

mod error;
mod known;
mod lazy;
mod source;
#[cfg(feature = "async")]
mod source_async;

pub use error::{LoadFromError, OptionalLoad};
pub use lazy::LazyPool;
pub(crate) use lazy::Verified;
pub use source::ConnectionSource;
#[cfg(feature = "async")]
pub use source_async::AsyncConnectionSource;
