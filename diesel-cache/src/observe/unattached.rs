//! A connection that no cache observes. Its home is remembered in case a cache is attached to it later.

use diesel::connection::{DebugQuery, InstrumentationEvent};

use super::home::{self, Client};
use super::shown_url;
use super::watch::Watch;
use crate::Cache;
use crate::diesel_text::EventText;
use crate::sql::Dialect;

/// The instrumentation of a connection that no cache observes.
#[derive(Debug, Default)]
pub(crate) struct Unattached {
    dialect: Option<Dialect>,
    /// Whether the dialect is a guess, because another database might read the URL differently.
    is_guess: bool,
    /// The home of the connection, if it was established under this instrumentation.
    home: Option<String>,
    stage: Stage,
    watch: Watch,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Stage {
    /// No event has been reported yet.
    #[default]
    New,
    /// The connection is being established.
    Establishing,
    /// The connection is sending set-up statements, which only diesel-async reports.
    SettingUp,
    /// The connection is established and in use.
    Open,
}

impl Unattached {
    /// Creates the instrumentation of a connection whose first write will be reported to this cache.
    pub(super) fn watched(cache: Cache) -> Self {
        Self {
            watch: Watch::of(cache),
            ..Self::default()
        }
    }

    pub(super) fn on_connection_event(&mut self, event: &InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.connecting(url),
            InstrumentationEvent::FinishEstablishConnection { url, .. } => self.connected(url),
            InstrumentationEvent::StartQuery { query, .. } => self.start(*query),
            _ => {}
        }
    }

    /// Records the URL, before the client reads its environment.
    fn connecting(&mut self, url: &str) {
        self.dialect = Dialect::of_url(url);
        self.is_guess = home::is_guess(url);
        self.home = Some(home::of(url, Client::Blocking));
        self.watch.opened(|| shown_url::of(url));
        self.stage = Stage::Establishing;
    }

    fn connected(&mut self, url: &str) {
        let is_async = self.stage == Stage::SettingUp;
        self.home = Some(home::once_connected(url, self.dialect, is_async, self.home.take()));
        self.stage = Stage::Open;
    }

    fn start(&mut self, query: &dyn DebugQuery) {
        match self.stage {
            Stage::Establishing | Stage::SettingUp => self.stage = Stage::SettingUp,
            Stage::New | Stage::Open if self.watch.is_waiting() => {
                let event = EventText::of(query, String::new());
                // The first statements of a connection that was opened elsewhere are its set-up.
                match Dialect::of_setup(&event.text) {
                    Some(dialect) if self.stage == Stage::New => (self.dialect, self.is_guess) = (Some(dialect), true),
                    _ => {
                        self.stage = Stage::Open;
                        self.watch.sent(&event, self.dialect);
                    }
                }
            }
            Stage::New | Stage::Open => {}
        }
    }

    /// Returns the connection's home, if it is known.
    pub(super) fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// Returns the dialect of the connection, and whether it is a guess.
    pub(super) fn dialect(&self) -> (Option<Dialect>, bool) {
        (self.dialect, self.is_guess)
    }
}
