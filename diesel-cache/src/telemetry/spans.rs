//! Events and spans for `tracing`: regions, keys and reasons; never SQL, never binds.

use tracing::{Level as TracingLevel, Span, debug, enabled, field, trace, warn};

use super::level::Level;
use crate::event::{ClusterChange, Event, Invalidation, InvalidationCause};
use crate::key::CacheKey;

/// The target of all events and spans.
const TARGET: &str = "diesel_cache";

/// Returns `true` if a subscriber receives events of this level. If none does, a hit must not pay for them.
#[inline]
pub(crate) fn is_traced(level: Level) -> bool {
    match level {
        Level::Frequent => enabled!(target: TARGET, TracingLevel::TRACE),
        Level::Notable => enabled!(target: TARGET, TracingLevel::DEBUG),
        Level::Failure => enabled!(target: TARGET, TracingLevel::WARN),
    }
}

pub(crate) fn trace(event: &Event) {
    match event {
        Event::Hit {
            region,
            key,
            tier,
            stale,
        } => {
            trace!(target: TARGET, region = &**region, %key, tier = tier.as_str(), stale, "hit");
        }
        Event::Miss {
            region,
            key,
            reason,
            cause,
        } => {
            let cause = cause.map(InvalidationCause::as_str);
            debug!(target: TARGET, region = &**region, %key, reason = reason.as_str(), cause, "miss");
        }
        Event::Bypass { region, reason } => {
            debug!(target: TARGET, region = &**region, reason = reason.as_str(), "bypass");
        }
        Event::Stored { region, key, bytes } => {
            debug!(target: TARGET, region = &**region, %key, bytes, "stored");
        }
        Event::Refused { region, key, reason } => {
            debug!(target: TARGET, region = &**region, %key, reason = reason.as_str(), "not stored");
        }
        Event::Evicted { region, entries, bytes } => {
            debug!(target: TARGET, region = &**region, entries, bytes, "evicted");
        }
        Event::ReadFailed { region, key, error } => {
            warn!(target: TARGET, region = &**region, %key, error = &**error, "an entry could not be read");
        }
        Event::WriteFailed {
            region,
            key: Some(key),
            error,
        } => {
            warn!(target: TARGET, region = &**region, %key, error = &**error, "an entry could not be stored or removed");
        }
        Event::WriteFailed {
            region,
            key: None,
            error,
        } => {
            warn!(target: TARGET, region = &**region, error = &**error, "the region could not be cleared");
        }
        Event::Invalidated { what } => invalidated(what),
        Event::Introspected { namespace, found } => {
            debug!(target: TARGET, namespace = &**namespace, %found, "introspected");
        }
        Event::CatalogChanged { namespace, verb } => {
            let (namespace, verb) = (&**namespace, &**verb);
            warn!(target: TARGET, namespace, verb, "the catalog has changed: introspect again");
        }
        Event::Cluster { change } => cluster_changed(change),
        Event::NamespaceFailed { url } => {
            warn!(target: TARGET, url = &**url, "the closure of `install_by` has panicked: the namespace of a connection is unknown");
        }
        Event::UnattachedWrite { url, tables } => {
            warn!(target: TARGET, url = &**url, ?tables, "a write on a connection that is not attached to a cache");
        }
    }
}

fn cluster_changed(change: &ClusterChange) {
    let name = change.as_str();
    match change {
        ClusterChange::Joined => debug!(target: TARGET, change = name, "joined the cluster"),
        ClusterChange::Serving => debug!(target: TARGET, change = name, "serving in the cluster"),
        ClusterChange::NewEpoch => {
            warn!(target: TARGET, change = name, "a new epoch of the cluster: all entries are invalid");
        }
        ClusterChange::Unfenced => {
            warn!(target: TARGET, change = name, "a write went on without the cluster: others may serve old rows");
        }
        ClusterChange::Lost { error } => {
            warn!(target: TARGET, change = name, error = &**error, "lost the cluster's server");
        }
    }
}

fn invalidated(what: &Invalidation) {
    match what {
        Invalidation::Query { region, key, hit } => {
            debug!(target: TARGET, region = &**region, %key, hit, "query invalidated");
        }
        Invalidation::Region(region) => debug!(target: TARGET, region = &**region, "region invalidated"),
        Invalidation::Softly(region) => debug!(target: TARGET, region = &**region, "region invalidated softly"),
        Invalidation::Tables(tables) => debug!(target: TARGET, ?tables, "tables invalidated"),
        Invalidation::Everything => debug!(target: TARGET, "everything invalidated"),
    }
}

/// A span around the query of a load.
#[derive(Debug)]
pub(crate) struct LoadSpan(Span);

impl LoadSpan {
    pub(crate) fn begin(region: &str, key: CacheKey) -> Self {
        Self(tracing::debug_span!(
            target: TARGET,
            "diesel_cache.load",
            region,
            %key,
            outcome = field::Empty
        ))
    }

    /// Runs the query inside the span.
    pub(crate) fn within<T>(&self, query: impl FnOnce() -> T) -> T {
        self.0.in_scope(query)
    }

    /// Records how the query ended.
    pub(crate) fn ended(&self, outcome: &str) {
        self.0.record("outcome", outcome);
    }
}

#[cfg(test)]
mod tests {
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::with_default;
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    struct UpTo(TracingLevel);

    impl Subscriber for UpTo {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() <= self.0
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn events_are_made_for_those_who_want_them() {
        let traced = || [Level::Frequent, Level::Notable, Level::Failure].map(is_traced);
        for (level, expected) in [
            (TracingLevel::TRACE, [true, true, true]),
            (TracingLevel::DEBUG, [false, true, true]),
            (TracingLevel::INFO, [false, false, true]),
            (TracingLevel::WARN, [false, false, true]),
            (TracingLevel::ERROR, [false, false, false]),
        ] {
            assert_eq!(with_default(UpTo(level), traced), expected, "{level}");
        }
        assert_eq!(traced(), [false, false, false], "nobody listens");
    }
}
