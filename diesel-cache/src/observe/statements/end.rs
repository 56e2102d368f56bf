//! The end of a statement: follows the transaction, and decides which fences are lifted.

use std::mem;

use diesel::connection::DebugQuery;
use diesel::result::Error;

use super::fences::{leave_in_doubt, lift};
use crate::creator::Moment;
use crate::diesel_text::EventText;
use crate::generation::Fence;
use crate::observe::in_flight::StatementInFlight;
use crate::observe::observer::Observer;
use crate::observe::transaction::{Open, plan::Sent};
use crate::sql::{Behaviour, Dialect, is_answer, leaves_in_doubt};

impl Observer {
    /// Handles the reported end of a statement.
    pub(in crate::observe) fn finish(&mut self, query: &dyn DebugQuery, error: Option<&Error>) {
        self.idle_at = Moment::now();
        let Some(mut statement) = self.take_ended(query) else {
            return self.finish_late(&EventText::of(query, String::new()));
        };
        self.learn_whether_async(&statement, query);
        self.learn_dialect(&statement, error);
        self.report_definition(&mut statement, error);
        let in_doubt = error.is_some_and(|error| leaves_in_doubt(error, self.dialect));
        self.follow_transaction(&mut statement, error, in_doubt);
        if in_doubt {
            return self.leave_all_in_doubt(statement);
        }
        let over = self.fences_of_earlier(&statement, error);
        self.invalidate_if_beside(&statement);
        self.end_fences(statement, over, error);
    }

    /// Removes the ended statement from those in flight. Returns `None` if its start was not observed, or if it was
    /// already considered over.
    fn take_ended(&mut self, query: &dyn DebugQuery) -> Option<StatementInFlight> {
        if self.has_one_at_a_time() {
            return self.in_flight.end_latest();
        }
        let event = EventText::of(query, mem::take(&mut self.buffer));
        let ended = self.in_flight.end(&event.text);
        self.buffer = event.text;
        ended
    }

    /// Handles the end of a statement that is not in flight. It may have taken effect only now.
    fn finish_late(&mut self, event: &EventText) {
        let (end, analysis) = self.analyse(event);
        let plan = self.transaction.plan(Sent {
            analysis: &analysis,
            sql: &event.text[..end],
            prepared: event.is_cut || end < event.text.len(),
            dialect: self.dialect,
        });
        if plan.changes_state() {
            self.changes += 1;
            self.transaction.fail(plan, false);
        }
        self.invalidate(&analysis.effects().writes);
    }

    /// Learns from the first end of a statement with bind values whether diesel-async reports it: without the values.
    /// So does its blocking wrapper, whose type does not show what is inside.
    fn learn_whether_async(&mut self, statement: &StatementInFlight, query: &dyn DebugQuery) {
        if !statement.prepared || self.has_seen_an_end {
            return;
        }
        self.has_seen_an_end = true;
        let event = EventText::of(query, mem::take(&mut self.buffer));
        let is_async = !event.is_cut && event.text.len() == statement.sql.len();
        if is_async || self.is_async.is_none() {
            self.is_async = Some(is_async);
        }
    }

    /// Learns the dialect from a statement that sets up a new connection, if it is unknown.
    fn learn_dialect(&mut self, statement: &StatementInFlight, error: Option<&Error>) {
        if self.dialect.is_none() && self.is_new && error.is_none() {
            self.dialect = Dialect::of_setup(&statement.sql);
            self.is_guess = true;
        }
    }

    /// Reports that the statement has changed what the catalog says, if it has.
    fn report_definition(&self, statement: &mut StatementInFlight, error: Option<&Error>) {
        if let (None, Some(verb)) = (error, statement.defines.take()) {
            self.cache.catalog_changed(&verb);
        }
    }

    /// Applies the effects of the statement to the transaction. When none is open, the caches under which it began
    /// need no further invalidations.
    fn follow_transaction(&mut self, statement: &mut StatementInFlight, error: Option<&Error>, in_doubt: bool) {
        match (error, statement.plan.take()) {
            (None, Some(plan)) => self.transaction.succeed(plan),
            (Some(_), Some(plan)) => self.transaction.fail(plan, !in_doubt),
            (_, None) => {}
        }
        if self.transaction.open() == Open::No {
            self.before.clear();
        }
    }

    /// Leaves the fences of all statements in doubt, because the connection is lost.
    fn leave_all_in_doubt(&mut self, mut statement: StatementInFlight) {
        statement.fences.drain(..).for_each(leave_in_doubt);
        self.in_flight.take_fences().for_each(leave_in_doubt);
    }

    /// Takes the fences of earlier statements that are over because this one has been answered.
    fn fences_of_earlier(&mut self, statement: &StatementInFlight, error: Option<&Error>) -> Vec<Fence> {
        match is_answer(error) {
            true => self.in_flight.answered(statement),
            false => Vec::new(),
        }
    }

    /// Invalidates what the statement wrote if others were in flight at the same time. Neither their order is known,
    /// nor whether they ran in a transaction.
    fn invalidate_if_beside(&self, statement: &StatementInFlight) {
        if statement.beside {
            self.invalidate(&statement.writes);
        }
    }

    /// Lifts the fences of all statements that are known to be over, those in `over` and possibly those of `statement`, or
    /// leaves them in doubt if it is unknown which of them are.
    fn end_fences(&mut self, mut statement: StatementInFlight, mut over: Vec<Fence>, error: Option<&Error>) {
        if self.is_garbled() {
            // If a single statement has no end, this is the answer to that statement, which is therefore over. If
            // several have none, it is unknown which of them this answers.
            if self.unfinished > 1 {
                over.drain(..).for_each(leave_in_doubt);
            }
            statement.fences.drain(..).for_each(leave_in_doubt);
        } else if self.ends_early(&statement, error) && !statement.fences.is_empty() {
            self.share_fences(&mut statement);
            self.in_flight.keep(statement);
        } else {
            over.append(&mut statement.fences);
            self.buffer = statement.sql;
        }
        over.into_iter().for_each(lift);
    }

    /// Returns `true` if the end may be reported before the database has finished the statement.
    fn ends_early(&self, statement: &StatementInFlight, error: Option<&Error>) -> bool {
        // Of a database in this process, the blocking connection inside reports the end once the statement is reset.
        statement.returning
            && statement.prepared
            && error.is_none()
            && self.is_async != Some(false)
            && !Behaviour::of(self.dialect).in_process
    }
}
