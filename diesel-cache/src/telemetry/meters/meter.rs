//! A metric, with the handle that its recorder has made.

use std::sync::OnceLock;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, with_recorder};

const METADATA: Metadata<'static> = Metadata::new("diesel_cache", Level::INFO, Some("diesel_cache"));

/// The description of a group of meters, and whether the recorder has received it.
pub(super) struct Owner {
    describe: fn(&dyn Recorder),
    described: OnceLock<()>,
}

impl Owner {
    pub(super) fn new(describe: fn(&dyn Recorder)) -> Self {
        Self {
            describe,
            described: OnceLock::new(),
        }
    }
}

/// A metric with its labels, and its handle.
pub(super) struct Meter<H> {
    key: Key,
    handle: OnceLock<H>,
}

impl<H: Handle> Meter<H> {
    pub(super) fn new(name: &'static str, labels: Vec<Label>) -> Self {
        Self {
            key: Key::from_parts(name, labels),
            handle: OnceLock::new(),
        }
    }

    #[inline]
    pub(super) fn with(&self, owner: &Owner, act: impl FnOnce(&H)) {
        match self.handle.get() {
            Some(handle) => act(handle),
            None => self.first(owner, act),
        }
    }

    #[cold]
    fn first(&self, owner: &Owner, act: impl FnOnce(&H)) {
        with_recorder(|recorder| {
            let handle = H::register(recorder, &self.key);
            // The recorder that `metrics` uses while none is installed has no size, so its handle is not kept. For
            // another recorder without a size that is correct, only slower.
            if size_of_val(recorder) == 0 {
                return act(&handle);
            }
            owner.described.get_or_init(|| (owner.describe)(recorder));
            act(self.handle.get_or_init(|| handle));
        });
    }
}

/// A handle, by its kind.
pub(super) trait Handle {
    fn register(recorder: &dyn Recorder, key: &Key) -> Self;
}

impl Handle for Counter {
    fn register(recorder: &dyn Recorder, key: &Key) -> Self {
        recorder.register_counter(key, &METADATA)
    }
}

impl Handle for Gauge {
    fn register(recorder: &dyn Recorder, key: &Key) -> Self {
        recorder.register_gauge(key, &METADATA)
    }
}

impl Handle for Histogram {
    fn register(recorder: &dyn Recorder, key: &Key) -> Self {
        recorder.register_histogram(key, &METADATA)
    }
}
