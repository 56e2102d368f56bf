//! The state of a connection after a text was sent, or may have been sent.

use super::plan::StatementPlan;
use super::{Open, TransactionState};

impl TransactionState {
    /// Records that the text has succeeded.
    pub(in crate::observe) fn succeed(&mut self, plan: StatementPlan) {
        *self = plan.after;
    }

    /// Records that the text has failed, or that its end was not reported. The state may be any of those that the text
    /// leads through.
    ///
    /// `answered` says whether the error comes from the database itself.
    pub(in crate::observe) fn fail(&mut self, plan: StatementPlan, answered: bool) {
        let was = self.open;
        if plan.ends_anyway && answered {
            self.prepared |= plan.after.prepared;
            return self.roll_back(plan.behaviour);
        }
        if plan.moves_transaction || (self.open == Open::Yes && !plan.behaviour.refuses_after_error) {
            self.begin(Open::Maybe);
        }
        self.refused = answered && plan.behaviour.refuses_after_error;
        self.pending = plan.pending;
        self.redefined |= plan.redefines;
        self.defined |= plan.after.defined;
        self.prepared |= plan.after.prepared;
        self.failed |= was != Open::No || plan.moves_transaction;
        if plan.after.idle != self.idle {
            self.idle = Open::Maybe;
        }
        if plan.moves_savepoints {
            // It is not known which of them exist, so nothing that was written is undone before the transaction ends.
            self.savepoints.clear();
            if plan.moves_transaction || self.begun_by_savepoint != Open::No {
                self.begun_by_savepoint = Open::Maybe;
            }
        }
        if plan.changes_context || plan.moves_context {
            // A custom setting is an empty string from now on if the text got as far as setting it, and NULL if not.
            let is_unsure = match plan.single {
                true => plan.after.context.is_lost_since(&self.context),
                false => plan.after.context.has_traces_since(&self.context),
            };
            if !answered || !(plan.single || plan.takes_back) || is_unsure {
                self.lose_context();
            }
        }
    }
}
