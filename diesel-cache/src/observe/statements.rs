//! One statement, from its start to its end: what it fences, and when the fences are lifted.

use std::mem;
use std::sync::Arc;

use diesel::connection::DebugQuery;
use diesel::result::Error;

use super::in_flight::RunningStatement;
use super::observer::{Interface, Observer};
#[cfg(all(feature = "async", feature = "postgres"))]
use super::shared;
use super::transaction::{Open, plan::Sent};
use crate::creator::{self, CacheId, Moment};
use crate::diesel_text::{EventBinds, EventText, collected_integer};
use crate::fault::{self, Point};
use crate::footprint::{TableWrites, any_definition};
use crate::generation::{Begun, DoubtPolicy, Fence, Registry};
use crate::sql::{
    Analysis, Dialect, StatementFacts, StatementKind, Tables, Value, Writes, analyse_event, is_answer, leaves_in_doubt,
};

impl Observer {
    pub(super) fn start(&mut self, query: &dyn DebugQuery) {
        if self.has_one_at_a_time() {
            self.assume_exclusive();
        } else {
            self.leave_unfinished();
        }
        let mut event = EventText::of(query, mem::take(&mut self.buffer));
        if self.dialect.is_none()
            && event.is_cut
            && let Some(dialect) = Dialect::of_numbered_binds(&event.text)
        {
            self.dialect = Some(dialect);
            self.is_guess = true;
        }
        let (end, mut analysis) = self.analyse(&event);
        let prepared = event.is_cut || end < event.text.len();
        // SQLite runs only the first statement of a text that it prepares.
        if prepared && self.dialect == Some(Dialect::Sqlite) {
            analysis = analysis.first_alone().map_or(analysis, Arc::new);
        }
        let is_cut = event.is_cut;
        event.text.truncate(end);
        let sql = event.text;
        self.is_new &= Dialect::of_setup(&sql).is_some();
        let own = self.own_statement.take();
        #[cfg(all(feature = "async", feature = "postgres"))]
        let own = own.or_else(shared::expected_own);
        if own.is_some_and(|own| sql.starts_with(&*own)) || self.is_new {
            let statement = RunningStatement::new(sql, prepared, false, Writes::Nothing);
            return self.in_flight.start(statement);
        }
        self.report_to_creators(&analysis);
        if is_cut {
            analysis = self.with_binds(analysis, query);
        }
        let mut plan = self.transaction.plan(Sent {
            analysis: &analysis,
            sql: &sql,
            prepared,
            dialect: self.dialect,
        });
        let effects = analysis.effects();
        let mut statement = RunningStatement::new(sql, prepared, effects.may_return, effects.writes.clone());
        let defining = analysis.statements().iter().find(|statement| statement.defines);
        statement.defines = defining.map(|statement| statement.verb.clone());
        // A statement that is in flight together with a BEGIN may become part of the transaction.
        for other in self.in_flight.running() {
            plan.carry(&other.writes);
        }
        if !plan.visible.is_empty() {
            let policy = match self.dialect {
                Some(Dialect::Sqlite) => DoubtPolicy::AtDeath,
                _ => DoubtPolicy::Grace {
                    grace: self.cache.doubt_grace(),
                    session: self.identity,
                },
            };
            fault::at(Point::BeforeFence);
            self.refresh_shapes();
            self.fence(&plan.visible, plan.redefines, policy, &mut statement.fences);
            fault::at(Point::AfterFence);
        }
        statement.changes = plan.changes_state();
        self.changes += u64::from(statement.changes);
        statement.plan = Some(plan);
        self.in_flight.start(statement);
    }

    /// Fences the writes that are about to become visible.
    fn fence(&mut self, writes: &Writes, redefines: bool, policy: DoubtPolicy, fences: &mut Vec<Fence>) {
        let mut memo = mem::take(&mut self.written_slots);
        let slots = memo.get(self.cache.namespace_of_handle(), writes);
        let shapes = self.shapes().map(|shapes| &**shapes);
        let rows = |registry: Registry<'_>| slots.rows(writes, shapes, &registry);
        fences.push(self.cache.generations().fence(&slots.slots, policy, rows));
        if redefines {
            let slot = any_definition(self.cache.namespace_of_handle());
            fences.push(self.cache.generations().fence(&[slot], policy, |_| Vec::new()));
        }
        self.written_slots = memo;
        for other in self.others() {
            // The rows of another namespace, or of another cache, are not known here.
            let slots = TableWrites::of(other.namespace_of_handle(), writes);
            let rows = |registry: Registry<'_>| slots.rows(writes, None, &registry);
            fences.push(other.generations().fence(&slots.slots, policy, rows));
            if redefines {
                let slot = any_definition(other.namespace_of_handle());
                fences.push(other.generations().fence(&[slot], policy, |_| Vec::new()));
            }
        }
    }

    /// Adds the bind values of an event to the analysis of its text, if they show which rows it writes.
    fn with_binds(&mut self, analysis: Arc<Analysis>, query: &dyn DebugQuery) -> Arc<Analysis> {
        let Some(binds) = analysis.binds_of_writes() else {
            return analysis;
        };
        self.refresh_shapes();
        let written = analysis.effects().writes.known().iter().map(|(table, _)| table);
        match self.shapes() {
            Some(shapes) if shapes.have_any(written) => {}
            _ => return analysis,
        }
        let values = EventBinds::of(query, binds).unwrap_or_default();
        let are_collected = self.dialect == Some(Dialect::Sqlite) && self.interface == Some(Interface::Async);
        let value = |text: &String| match are_collected {
            true => collected_integer(text).and_then(Value::integer),
            false => Value::of_debug(text),
        };
        let values: Vec<_> = values.iter().map(value).collect();
        Arc::new(analysis.with_binds(&values))
    }

    /// Reports a read in a transaction, or on a replica, to the running creators. Its rows may be older than the
    /// creator, or may never be committed.
    fn report_to_creators(&mut self, analysis: &Analysis) {
        if let Some(lag) = self.lag {
            creator::reads_from_replica(lag);
            if creator::elsewhere::is_any() && self.is_elsewhere() {
                creator::elsewhere::reads_from_replica(lag, CacheId::of(self.cache.context()), self.idle_at);
            }
        }
        if self.transaction.open() == Open::No {
            self.outside_at = Moment::now();
            return;
        }
        let elsewhere = creator::elsewhere::is_any() && self.is_elsewhere();
        if elsewhere || creator::is_any() {
            let reads_only =
                |statement: &StatementFacts| statement.writes.is_empty() && statement.kind != StatementKind::Unknown;
            let clean = self.transaction.pending().is_empty() && analysis.statements().iter().all(reads_only);
            let outside = clean.then_some(self.outside_at);
            creator::reads_in_transaction(outside);
            if elsewhere {
                creator::elsewhere::reads_in_transaction(outside, CacheId::of(self.cache.context()), self.idle_at);
            }
        }
    }

    pub(super) fn finish(&mut self, query: &dyn DebugQuery, error: Option<&Error>) {
        self.idle_at = Moment::now();
        let ended = match self.has_one_at_a_time() {
            true => self.in_flight.end_latest(),
            false => {
                let event = EventText::of(query, mem::take(&mut self.buffer));
                let ended = self.in_flight.end(&event.text);
                self.buffer = event.text;
                ended
            }
        };
        let Some(mut statement) = ended else {
            // Its start was not observed, or it was already considered over.
            return self.finish_late(&EventText::of(query, String::new()));
        };
        if statement.prepared && !self.has_seen_an_end {
            // diesel-async reports the end without bind values. So does its blocking wrapper, whose type does not show
            // what is inside.
            self.has_seen_an_end = true;
            let told = EventText::of(query, mem::take(&mut self.buffer));
            let is_async = !told.is_cut && told.text.len() == statement.sql.len();
            if is_async || self.is_async.is_none() {
                self.is_async = Some(is_async);
            }
        }
        if self.dialect.is_none() && self.is_new && error.is_none() {
            self.dialect = Dialect::of_setup(&statement.sql);
            self.is_guess = true;
        }
        if let (None, Some(verb)) = (error, statement.defines.take()) {
            self.cache.catalog_changed(&verb);
        }
        let doubt = error.is_some_and(|error| leaves_in_doubt(error, self.dialect));
        match (error, statement.plan.take()) {
            (None, Some(plan)) => self.transaction.succeed(plan),
            (Some(_), Some(plan)) => self.transaction.fail(plan, !doubt),
            (_, None) => {}
        }
        if self.transaction.open() == Open::No {
            self.before.clear();
        }
        if doubt {
            // The connection is lost.
            statement.fences.drain(..).for_each(leave_in_doubt);
            return self.in_flight.take_fences().for_each(leave_in_doubt);
        }
        let mut over = match is_answer(error) {
            true => self.in_flight.answered(&statement),
            false => Vec::new(),
        };
        if statement.beside {
            // Neither their order is known, nor whether they ran in a transaction.
            self.bump(&statement.writes);
        }
        // For SQLite, the blocking connection inside reports the end once the statement has been reset.
        let early = statement.returning
            && statement.prepared
            && error.is_none()
            && self.is_async != Some(false)
            && self.dialect != Some(Dialect::Sqlite);
        if self.is_garbled() {
            // If a single statement has no end, this is the answer to that statement, which is therefore over. If
            // several have none, it is unknown which of them this answers.
            if self.unfinished > 1 {
                over.drain(..).for_each(leave_in_doubt);
            }
            statement.fences.drain(..).for_each(leave_in_doubt);
        } else if early && !statement.fences.is_empty() {
            if let Some(begun) = self.begun(&statement) {
                statement.fences.iter_mut().for_each(|fence| fence.share(begun.clone()));
            }
            self.in_flight.keep(statement);
        } else {
            over.append(&mut statement.fences);
            self.buffer = statement.sql;
        }
        over.into_iter().for_each(lift);
    }

    /// Handles the end of a statement whose start was not observed, or that was already considered over. It may have
    /// taken effect only now.
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
        self.bump(&analysis.effects().writes);
    }

    /// Returns how others can find out whether a statement that the database has begun is over.
    fn begun(&self, statement: &RunningStatement) -> Option<Begun> {
        let locked = match self.dialect {
            Some(Dialect::Postgres) => locked(&statement.sql, &statement.writes),
            _ => Arc::default(),
        };
        let begun = Begun {
            database: self.database()?,
            session: self.identity,
            locked,
        };
        (begun.session.is_some() || !begun.locked.is_empty()).then_some(begun)
    }

    fn bump(&self, tables: &Writes) {
        self.cache.invalidate(tables);
        for other in self.others() {
            other.invalidate(tables);
        }
    }

    /// Returns where the SQL of a text ends, and its analysis with the side effects of the functions that it calls.
    fn analyse(&self, event: &EventText) -> (usize, Arc<Analysis>) {
        let (end, analysis) = analyse_event(event, self.dialect);
        (end, self.cache.with_side_effects(analysis, &event.text[..end]))
    }
}

/// Returns tables of which PostgreSQL locks at least one from before it reports the beginning of the statement until
/// the statement is over. These are the tables that a plain write names. Functions lock the tables that they write
/// later, and other commands take their locks when they run.
fn locked(sql: &str, writes: &Writes) -> Arc<[Box<str>]> {
    const WRITES: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE"];
    let is_plain = |name: &str| name.is_ascii() && !name.contains(['\'', '\\']);
    let verb = sql.split_ascii_whitespace().next().unwrap_or_default();
    if !WRITES.iter().any(|write| verb.eq_ignore_ascii_case(write)) {
        return Arc::default();
    }
    match writes.tables() {
        Tables::Known(tables) if tables.iter().all(|table| is_plain(table.as_str())) => {
            tables.iter().map(|table| table.as_str().into()).collect()
        }
        _ => Arc::default(),
    }
}

fn lift(fence: Fence) {
    fault::at(Point::BeforeLift);
    fence.lift();
    fault::at(Point::AfterLift);
}

fn leave_in_doubt(fence: Fence) {
    fault::at(Point::BeforeLift);
    fence.doubt();
    fault::at(Point::AfterLift);
}
