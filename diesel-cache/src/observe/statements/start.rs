//! The start of a statement: reads it, plans its effects, and fences what it is about to make visible.

use std::mem;
use std::sync::Arc;

use diesel::connection::DebugQuery;

use crate::diesel_text::{EventBinds, EventText, collected_integer};
use crate::observe::in_flight::StatementInFlight;
use crate::observe::observer::{Interface, Observer};
#[cfg(all(feature = "async", feature = "postgres"))]
use crate::observe::shared;
use crate::observe::transaction::plan::{Sent, StatementPlan};
use crate::sql::{Analysis, Behaviour, Dialect, Value};

/// A text that is about to be sent.
struct StartedText {
    /// The SQL, without the bound values.
    sql: String,
    analysis: Arc<Analysis>,
    /// Whether it is prepared, and not sent as it is by `batch_execute`.
    prepared: bool,
    /// Whether the event shows where the bound values begin.
    is_cut: bool,
}

impl Observer {
    /// Handles the start of a statement, before it is sent.
    pub(in crate::observe) fn start(&mut self, query: &dyn DebugQuery) {
        self.leave_earlier_statements();
        let mut text = self.read_text(query);
        if self.expects_no_effects(&text.sql) {
            return self.in_flight.start(StatementInFlight::new(text.sql, text.prepared));
        }
        self.report_to_creators(&text.analysis);
        self.add_binds(&mut text, query);
        let plan = self.plan(&text);
        let mut statement = text.into_statement();
        statement.fences = self.fence_visible(&plan);
        self.run(statement, plan);
    }

    /// Reads the SQL of an event.
    fn read_text(&mut self, query: &dyn DebugQuery) -> StartedText {
        let mut event = EventText::of(query, mem::take(&mut self.buffer));
        self.guess_dialect(&event);
        let (end, mut analysis) = self.analyse(&event);
        let prepared = event.is_cut || end < event.text.len();
        if prepared && Behaviour::of(self.dialect).prepares_first_alone {
            analysis = analysis.first_alone().map_or(analysis, Arc::new);
        }
        event.text.truncate(end);
        StartedText {
            sql: event.text,
            analysis,
            prepared,
            is_cut: event.is_cut,
        }
    }

    /// Takes the dialect from the way in which the text refers to its binds, if it is unknown.
    fn guess_dialect(&mut self, event: &EventText) {
        if self.dialect.is_none()
            && event.is_cut
            && let Some(dialect) = Dialect::of_numbered_binds(&event.text)
        {
            self.dialect = Some(dialect);
            self.is_guess = true;
        }
    }

    /// Returns `true` for a statement that sets up a new connection, and for one of the crate's own.
    fn expects_no_effects(&mut self, sql: &str) -> bool {
        self.is_new &= Dialect::of_setup(sql).is_some();
        let own = self.own_statement.take();
        #[cfg(all(feature = "async", feature = "postgres"))]
        let own = own.or_else(shared::expected_own);
        self.is_new || own.is_some_and(|own| sql.starts_with(&*own))
    }

    /// Adds the bind values of the event to the analysis of its text, if they show which rows it writes.
    fn add_binds(&mut self, text: &mut StartedText, query: &dyn DebugQuery) {
        if !text.is_cut {
            return;
        }
        let Some(binds) = text.analysis.binds_of_writes() else {
            return;
        };
        self.refresh_shapes();
        let written = text.analysis.effects().writes.known().iter().map(|(table, _)| table);
        match self.shapes() {
            Some(shapes) if shapes.have_any(written) => {}
            _ => return,
        }
        let values = EventBinds::of(query, binds).unwrap_or_default();
        let are_collected =
            Behaviour::of(self.dialect).shows_collected_binds && self.interface == Some(Interface::Async);
        let value = |text: &String| match are_collected {
            true => collected_integer(text).and_then(Value::integer),
            false => Value::of_debug(text),
        };
        let values: Vec<_> = values.iter().map(value).collect();
        text.analysis = Arc::new(text.analysis.with_binds(&values));
    }

    /// Plans the effects of the text on the transaction and the session.
    fn plan(&mut self, text: &StartedText) -> StatementPlan {
        let mut plan = self.transaction.plan(Sent {
            analysis: &text.analysis,
            sql: &text.sql,
            prepared: text.prepared,
            dialect: self.dialect,
        });
        // A statement that is in flight together with a BEGIN may become part of the transaction.
        for other in self.in_flight.running() {
            plan.carry(&other.writes);
        }
        plan
    }

    /// Records that the statement is in flight. Its plan is applied at its end.
    fn run(&mut self, mut statement: StatementInFlight, plan: StatementPlan) {
        statement.changes = plan.changes_state();
        self.changes += u64::from(statement.changes);
        statement.plan = Some(plan);
        self.in_flight.start(statement);
    }
}

impl StartedText {
    fn into_statement(self) -> StatementInFlight {
        let effects = self.analysis.effects();
        let defining = self.analysis.statements().iter().find(|statement| statement.defines);
        let mut statement = StatementInFlight::new(self.sql, self.prepared);
        statement.writes = effects.writes.clone();
        statement.returning = effects.may_return;
        statement.defines = defining.map(|statement| statement.verb.clone());
        statement
    }
}
