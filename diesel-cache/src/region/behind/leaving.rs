//! Threads that end, and maybe the process with them.
//!
//! A cache in a static, or one that was [installed](crate::Cache::install), is never dropped: nothing of it runs at the end of `main`, nor at
//! [`std::process::exit`]. What does run there is what the thread itself has to drop. So each thread that has handed something over,
//! and the one that has built the cache, has a note to wait for the writer, for a while.

use std::cell::RefCell;
use std::process;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::Behind;

/// The longest that the end of a thread waits: a disk that hangs must not keep a process from ending.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static NOTES: RefCell<Notes> = const { RefCell::new(Notes(Vec::new())) };
}

/// What this thread waits for when it ends.
struct Notes(Vec<Note>);

struct Note {
    behind: Weak<Behind>,
    /// `None`: whatever is handed over until then.
    number: Option<u64>,
    /// A fork has no writer.
    process: u32,
}

/// Has this thread wait for the writer when it ends, until that job is done; or, without a number, all that there are then.
pub(super) fn see_to(behind: &Arc<Behind>, number: Option<u64>) {
    let noted = NOTES.try_with(|notes| notes.borrow_mut().add(behind, number));
    if let (Err(_), Some(number)) = (noted, number) {
        // It is ending just now.
        behind.wait_for(number, Instant::now().checked_add(PATIENCE));
    }
}

impl Notes {
    fn add(&mut self, behind: &Arc<Behind>, number: Option<u64>) {
        let is_same = |note: &&mut Note| ptr_eq(&note.behind, behind);
        if let Some(note) = self.0.iter_mut().find(is_same) {
            // Who waits for all goes on doing so.
            note.number = note.number.and(number);
            return;
        }
        self.0.retain(|note| note.behind.strong_count() > 0);
        self.0.push(Note {
            behind: Arc::downgrade(behind),
            number,
            process: process::id(),
        });
    }
}

fn ptr_eq(one: &Weak<Behind>, other: &Arc<Behind>) -> bool {
    std::ptr::eq(one.as_ptr(), Arc::as_ptr(other))
}

impl Drop for Notes {
    fn drop(&mut self) {
        let deadline = Instant::now().checked_add(PATIENCE);
        for Note {
            behind,
            number,
            process,
        } in self.0.drain(..)
        {
            if let Some(behind) = behind.upgrade().filter(|_| process == process::id()) {
                match number {
                    Some(number) => behind.wait_for(number, deadline),
                    None => behind.wait(deadline),
                }
            }
        }
    }
}
