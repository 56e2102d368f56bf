//! Instrumentation that holds SELECTs back until the test releases them, or until several are about to be sent.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Reports that a connection is about to send a SELECT, and waits until it is released.
#[derive(Debug)]
pub struct Gate {
    reached: Sender<()>,
    open: Receiver<()>,
}

impl Gate {
    /// Creates a closed gate. The receiver gets a message for each SELECT that has reached the gate; each message of
    /// the sender lets one pass. Once the sender is dropped, the gate stops nothing.
    pub fn closed() -> (Self, Receiver<()>, Sender<()>) {
        let (reached, is_reached) = mpsc::channel();
        let (opener, open) = mpsc::channel();
        (Self { reached, open }, is_reached, opener)
    }
}

impl Instrumentation for Gate {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if is_select(&event) {
            let _ = self.reached.send(());
            let _ = self.open.recv();
        }
    }
}

/// Holds back each SELECT until enough of them are about to be sent. Clones share one barrier.
#[derive(Clone, Debug)]
pub struct Together(Arc<Barrier>);

impl Together {
    /// Creates a barrier for `number` SELECTs at a time.
    pub fn new(number: usize) -> Self {
        Self(Arc::new(Barrier::new(number)))
    }
}

impl Instrumentation for Together {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if is_select(&event) {
            self.0.wait();
        }
    }
}

fn is_select(event: &InstrumentationEvent<'_>) -> bool {
    matches!(event, InstrumentationEvent::StartQuery { query, .. } if query.to_string().starts_with("SELECT"))
}
