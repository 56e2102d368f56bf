//! A statement that stops until it is let go.

use std::sync::mpsc::{Receiver, Sender};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Says when a connection is about to send a SELECT, and waits until it may.
#[derive(Debug)]
pub struct Gate {
    reached: Sender<()>,
    open: Receiver<()>,
}

impl Gate {
    /// Tells `reached`, and waits for `open`; once that has hung up, nothing stops any more.
    pub fn new(reached: Sender<()>, open: Receiver<()>) -> Self {
        Self { reached, open }
    }
}

impl Instrumentation for Gate {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && query.to_string().starts_with("SELECT")
        {
            let _ = self.reached.send(());
            let _ = self.open.recv();
        }
    }
}
