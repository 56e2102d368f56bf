//! The instrumentation of a connection: the observer of an attached connection, or a stand-in. Every load finds the
//! observer here.
//!
//! Diesel requests the instrumentation of a new connection before it reports the URL, and there is no way to replace it
//! while the connection is being established. So there is one type for all, which changes when the URL is known.

use std::sync::Arc;

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::chooser::{Choice, Chooser};
use super::observer::Observer;
use super::reach::Reach;
use super::shown_url;
use super::unattached::Unattached;
use crate::Cache;

/// The instrumentation that this crate installs in a connection.
#[allow(
    clippy::large_enum_variant,
    reason = "a hit finds the observer without another pointer"
)]
pub(crate) enum CacheInstrumentation {
    /// Whether, and in which namespace, the connection will be observed is chosen when its URL is known.
    Opening(Arc<Chooser>),
    /// A cache observes the connection.
    Attached(Observer),
    /// No cache observes the connection.
    Unattached(Unattached),
}

impl CacheInstrumentation {
    /// Returns what sits in the connection, if it is the crate's.
    #[inline]
    pub(super) fn of<World, Conn: Reach<World>>(conn: &mut Conn) -> Option<&mut Self> {
        conn.instrumentation_mut().downcast_mut()
    }

    /// Creates the instrumentation for a connection that is about to be established, and will be attached to the cache.
    pub(crate) fn attached(cache: Cache, forward: Option<Box<dyn Instrumentation>>) -> Self {
        Self::Attached(Observer::for_new_connection(cache, forward))
    }

    /// Creates the instrumentation for a connection that is about to be established, and chooses when it knows its URL.
    pub(crate) fn opening(chooser: Arc<Chooser>) -> Self {
        Self::Opening(chooser)
    }

    /// Creates the instrumentation for a connection whose first write will be reported to this cache, unless a cache is
    /// attached to it before.
    pub(crate) fn watched(cache: Cache) -> Self {
        Self::Unattached(Unattached::watched(cache))
    }

    /// Returns the instrumentation of a connection to this URL; the empty string for one without.
    fn chosen(chooser: &Arc<Chooser>, url: &str) -> Self {
        match chooser.choose(url) {
            Choice::Namespace(cache) => Self::attached(cache, None),
            Choice::Unattached => Self::Unattached(Unattached::default()),
            Choice::Panicked => {
                chooser.cache().namespace_failed(shown_url::of(url));
                Self::Attached(Observer::for_unplaced_connection(Arc::clone(chooser)))
            }
        }
    }
}

impl Instrumentation for CacheInstrumentation {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let Self::Opening(chooser) = self {
            *self = match &event {
                InstrumentationEvent::StartEstablishConnection { url, .. } => Self::chosen(chooser, url),
                // It was opened elsewhere.
                _ => Self::chosen(chooser, ""),
            };
        }
        match self {
            Self::Attached(observer) => observer.on_connection_event(event),
            Self::Unattached(unattached) => unattached.on_connection_event(&event),
            Self::Opening(_) => {}
        }
    }
}

impl Observer {
    /// Returns the observer of a connection; `None` if the connection is not attached to a cache.
    #[inline]
    pub(crate) fn of<World, Conn: Reach<World>>(conn: &mut Conn) -> Option<&mut Self> {
        Self::of_writer(conn).filter(|observer| observer.unplaced.is_none())
    }

    /// Like [`of`](Self::of), but also returns an observer whose namespace is unknown, which observes writes only.
    #[inline]
    pub(crate) fn of_writer<World, Conn: Reach<World>>(conn: &mut Conn) -> Option<&mut Self> {
        match CacheInstrumentation::of(conn)? {
            CacheInstrumentation::Attached(observer) => Some(observer),
            CacheInstrumentation::Opening(_) | CacheInstrumentation::Unattached(_) => None,
        }
    }

    /// Makes this the observer of the connection.
    pub(crate) fn observe<World, Conn: Reach<World>>(self, conn: &mut Conn) {
        conn.replace_instrumentation(CacheInstrumentation::Attached(self));
    }
}
