//! How events reach an observer: from the moment at which its connection is established until it is closed.

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::home::{self, Client};
use super::observer::Observer;
use crate::generation::Fence;
use crate::sql::{Behaviour, Dialect};

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.connecting(url),
            InstrumentationEvent::FinishEstablishConnection { url, .. } => self.connected(url),
            #[cfg(all(feature = "async", feature = "postgres"))]
            InstrumentationEvent::StartQuery { query, .. } if self.is_asked(*query) => return self.tell(),
            InstrumentationEvent::StartQuery { query, .. } => self.start(*query),
            InstrumentationEvent::FinishQuery { query, error, .. } => self.finish(*query, *error),
            // These come from a caller that has the connection to itself.
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.assume_exclusive(),
            _ => {}
        }
        if let Some(forward) = &mut self.forward {
            forward.on_connection_event(event);
        }
    }
}

impl Observer {
    /// Handles the start of an attempt to connect, before the client reads its environment.
    fn connecting(&mut self, url: &str) {
        self.dialect = Dialect::of_url(url);
        self.is_guess = home::is_guess(url);
        self.home = Some(home::of(url, Client::Blocking));
    }

    /// Handles the end of an attempt to connect. The settings that Diesel makes are left out, since they are the same
    /// on every new connection.
    fn connected(&mut self, url: &str) {
        let home = home::once_connected(url, self.dialect, self.is_async == Some(true), self.home.take());
        self.transaction.begin_at(&home);
    }
}

impl Drop for Observer {
    /// When a connection is closed, a database in this process stops its statement. A server may continue it.
    fn drop(&mut self) {
        if Behaviour::of(self.dialect).in_process {
            self.in_flight.take_fences().for_each(Fence::lift);
        }
    }
}
