//! One statement, from its start to its end: what it fences, and when the fences are lifted.
//!
//! | file | what it does |
//! | --- | --- |
//! | `start` | the start of a statement: reads it, plans its effects, fences what it is about to make visible |
//! | `end` | the end of a statement: follows the transaction, and decides which fences are lifted |
//! | `fences` | sets fences and lifts them, in every cache and namespace that the connection writes to |
//! | `unfinished` | statements that run at the same time, or that never report their end |
//! | `creators` | tells the running creators of values what the statement reads |

mod creators;
mod end;
mod fences;
mod start;
mod unfinished;

use std::sync::Arc;

use super::observer::Observer;
use crate::diesel_text::EventText;
use crate::sql::{Analysis, analyse_event};

impl Observer {
    /// Returns where the SQL of a text ends, and its analysis with the side effects of the functions that it calls.
    fn analyse(&self, event: &EventText) -> (usize, Arc<Analysis>) {
        let (end, analysis) = analyse_event(event, self.dialect);
        (end, self.cache.with_side_effects(analysis, &event.text[..end]))
    }
}
