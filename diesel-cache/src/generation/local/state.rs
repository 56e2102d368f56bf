//! The generations of one directory, or of this process, with all their state.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;

use super::directory::Directory;
use super::file::MappedFile;
use super::layout;
use super::writing::Writing;
use crate::generation::clock::{BootClock, millis};
use crate::generation::history::History;
use crate::generation::options::GenerationOptions;

/// Generations in a mapped file, or in memory.
#[derive(Clone, Debug)]
pub(crate) struct Local(pub(super) Arc<State>);

#[derive(Debug)]
pub(crate) struct State {
    /// The file that readers use; `None` while it cannot be used.
    pub(super) current: ArcSwapOption<MappedFile>,
    pub(super) writing: Mutex<Writing>,
    /// The directory; `None` for generations of this process alone.
    pub(super) directory: Option<Directory>,
    pub(super) clock: BootClock,
    pub(super) doubt_grace: u64,
    /// When to look at the path again.
    pub(super) look_at: AtomicU64,
    /// When to try each writer's lock again.
    pub(super) try_at: Box<[AtomicU64]>,
    /// When to ask about the sessions of writers in doubt again.
    pub(super) ask_at: AtomicU64,
    /// The number of shared fences, which other callers than their connections may lift.
    pub(super) shared: AtomicUsize,
    pub(super) history: History,
}

impl Local {
    pub(super) fn new(directory: Option<Directory>, options: GenerationOptions) -> Self {
        Self(Arc::new(State {
            current: ArcSwapOption::empty(),
            writing: Mutex::default(),
            directory,
            doubt_grace: millis(options.doubt_grace),
            clock: options.clock,
            look_at: AtomicU64::new(0),
            try_at: (0..layout::WRITERS).map(|_| AtomicU64::new(0)).collect(),
            ask_at: AtomicU64::new(0),
            shared: AtomicUsize::new(0),
            history: History::new(options.monotonic),
        }))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.writing.get_mut().unwrap_or_else(PoisonError::into_inner).close();
    }
}
