//! Statements that run at the same time, or that never report their end. [`in_flight`](crate::observe::in_flight) says
//! how that happens.

use std::mem;

use crate::observe::observer::Observer;
use crate::sql::Behaviour;

impl Observer {
    /// Records that a statement starts before others have ended. They never will, or they run at the same time.
    pub(super) fn leave_earlier_statements(&mut self) {
        if self.has_one_at_a_time() {
            self.assume_exclusive();
        } else {
            self.leave_unfinished();
        }
    }

    /// Records that the caller has exclusive access, so statements that have not ended never will.
    #[inline]
    pub(crate) fn assume_exclusive(&mut self) {
        if !self.in_flight.is_empty() {
            self.leave_unfinished();
            self.in_flight.all_gone();
        }
    }

    /// Records that statements without an end may or may not have taken effect.
    fn leave_unfinished(&mut self) {
        for statement in self.in_flight.running() {
            if !mem::replace(&mut statement.left, true) {
                self.unfinished = self.unfinished.saturating_add(1);
            }
            if let Some(plan) = statement.plan.take() {
                self.transaction.fail(plan, false);
            }
        }
    }

    /// Returns `true` if a statement begins only after the previous one has ended or was dropped. Only PostgreSQL's
    /// asynchronous connection can be shared by several futures.
    pub(super) fn has_one_at_a_time(&self) -> bool {
        self.is_async == Some(false) || Behaviour::of(self.dialect).one_at_a_time
    }

    /// Returns `true` if answers may belong to other statements; see [`in_flight`](crate::observe::in_flight).
    pub(in crate::observe) fn is_garbled(&self) -> bool {
        self.unfinished > 0 && self.is_async != Some(false) && Behaviour::of(self.dialect).mixes_up_answers
    }
}
