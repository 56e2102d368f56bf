//! What a cache knows of a pool's connections.
//!
//! The connections of a pool are made alike, so one of them shows the context of all. But a single connection can
//! depart from it, because a caller creates a temporary table, or changes a setting and does not reset it. What is
//! remembered is the context of connections that have not departed:
//!
//! | a connection | what is remembered from then on |
//! | --- | --- |
//! | is the first, or has fewer settings than the ones before | its context |
//! | has the same settings, or more, or something that only it can have | the context as before |
//! | leads elsewhere, or has other settings | nothing any more: the connections are not alike |
//!
//! In the last case no answer without a connection would be right for all of them, so every load takes one.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::Cache;
use crate::observe::{QueryContext, Relation};

/// The context of a pool's connections, as far as it is known.
#[derive(Debug)]
pub(super) struct Known(ArcSwap<State>);

#[derive(Debug)]
enum State {
    /// No connection has shown it yet.
    Unknown,
    Known(QueryContext),
    /// The connections are not alike.
    Ambiguous,
}

/// The context of a pool's connections, if it was known, at one moment.
pub(crate) struct KnownContext(Guard<Arc<State>>);

impl KnownContext {
    /// Returns the context of the pool's connections; `None` if a connection must show its own.
    #[inline]
    pub(crate) fn get(&self) -> Option<&QueryContext> {
        match &**self.0 {
            State::Known(context) => Some(context),
            State::Unknown | State::Ambiguous => None,
        }
    }
}

impl Known {
    pub(super) fn nothing() -> Self {
        Self(ArcSwap::from_pointee(State::Unknown))
    }

    /// Returns what is known, with the shapes of tables that the cache knows now.
    #[inline]
    pub(super) fn current(&self, cache: &Cache) -> KnownContext {
        let state = self.0.load();
        match &**state {
            State::Known(context) if context.version() != cache.core().catalogs.version() => {
                self.refreshed(&state, context, cache)
            }
            _ => KnownContext(state),
        }
    }

    #[cold]
    fn refreshed(&self, state: &Guard<Arc<State>>, context: &QueryContext, cache: &Cache) -> KnownContext {
        let refreshed = Arc::new(State::Known(context.refreshed(cache)));
        // Another load may have learnt more meanwhile. That is kept.
        self.0.compare_and_swap(&**state, Arc::clone(&refreshed));
        KnownContext(Guard::from_inner(refreshed))
    }

    /// A connection has shown its context, outside a transaction.
    pub(super) fn meet(&self, connection: &QueryContext) {
        self.0.rcu(|state| match &**state {
            State::Unknown if !connection.is_unshared() => Arc::new(State::Known(connection.clone())),
            State::Known(context) => match context.relation(connection) {
                Relation::Same | Relation::Departed => Arc::clone(state),
                Relation::Original => Arc::new(State::Known(connection.clone())),
                Relation::Foreign => Arc::new(State::Ambiguous),
            },
            State::Unknown | State::Ambiguous => Arc::clone(state),
        });
    }

    pub(super) fn forget(&self) {
        self.0.store(Arc::new(State::Unknown));
    }
}
