//! A connection that no cache observes. Where it leads is remembered, in case a cache is attached to it later.

use diesel::connection::InstrumentationEvent;

use super::home::{self, Client};
use crate::sql::Dialect;

/// The instrumentation of a connection that no cache observes.
#[derive(Debug, Default)]
pub(crate) struct Unattached {
    dialect: Option<Dialect>,
    /// Whether the dialect was read off a URL that another database might understand differently.
    is_guess: bool,
    /// The home of the connection, if it was established under this instrumentation.
    home: Option<String>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Stage {
    /// Nothing was reported yet.
    #[default]
    New,
    /// The connection is being established.
    Establishing,
    /// It sends set-up statements meanwhile, as only diesel-async's connections show.
    SettingUp,
    /// The connection is its user's.
    Open,
}

impl Unattached {
    pub(super) fn on_connection_event(&mut self, event: &InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.depart(url),
            InstrumentationEvent::FinishEstablishConnection { url, .. } => self.arrive(url),
            InstrumentationEvent::StartQuery { .. } => self.start(),
            _ => {}
        }
    }

    /// Runs before the client has read its environment.
    fn depart(&mut self, url: &str) {
        self.dialect = Dialect::of_url(url);
        self.is_guess = home::is_guess(url);
        self.home = Some(home::of(url, Client::Blocking));
        self.stage = Stage::Establishing;
    }

    fn arrive(&mut self, url: &str) {
        let is_async = self.stage == Stage::SettingUp;
        self.home = Some(home::on_arrival(url, self.dialect, is_async, self.home.take()));
        self.stage = Stage::Open;
    }

    fn start(&mut self) {
        if self.stage == Stage::Establishing {
            self.stage = Stage::SettingUp;
        }
    }

    /// Returns where the connection leads, if that is known.
    pub(super) fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// Returns the dialect of the connection, and whether it is a guess.
    pub(super) fn dialect(&self) -> (Option<Dialect>, bool) {
        (self.dialect, self.is_guess)
    }
}
