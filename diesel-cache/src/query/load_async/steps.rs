//! The steps of a load between its waits.

use std::ops::ControlFlow::{Break, Continue};
use std::sync::Arc;
use std::time::Instant;

use diesel::NotFound;
use diesel::result::Error;
use futures_core::TryFuture;

use super::super::load::is_outage;
use super::super::plan::Planned;
use super::{Load, Next, Stage};
use crate::engine::Step;
use crate::fault::{self, Point};
use crate::telemetry::LoadSpan;
use crate::wait::Tasks;

impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, Conn, F, U, R>
where
    F: TryFuture,
{
    /// Looks for the first time. The load begins here: it sees everything that was committed before.
    pub(super) fn begin(&mut self) -> Next<'conn, Conn, F, U, R> {
        let (Some(cached), Some(conn)) = (&self.cached, &mut self.conn) else {
            return Continue(Stage::Done);
        };
        let layout = Some(self.form.layout);
        let (planned, recheck) = match (self.steps.look)(cached.spec(layout), conn) {
            Ok(looked) => looked,
            Err(error) => return Break(Err(error)),
        };
        self.recheck = recheck;
        let (request, first) = match planned {
            Planned::Hit(entry) => match (self.form.decode)(&entry) {
                Some(rows) => return Break(Ok(rows)),
                None => {
                    let request = match (self.steps.plan)(cached.spec(layout), conn) {
                        Ok(plan) => plan.request,
                        Err(error) => return Break(Err(error)),
                    };
                    let step = request.corrupt();
                    self.request = Some(request);
                    return self.follow(step);
                }
            },
            Planned::Load(..) if (self.steps.is_unsure)(conn) => {
                return Continue(match self.conn.take() {
                    Some(conn) => Stage::Probing((self.steps.probe)(conn)),
                    None => Stage::Done,
                });
            }
            Planned::Load(plan, first) => (plan.request, first),
        };
        self.request = Some(Arc::clone(&request));
        Continue(Stage::Looking(Box::pin(
            async move { request.begin(&Tasks, first).await },
        )))
    }

    /// Continues with a decision: with rows, or with the next stage.
    pub(super) fn follow(&mut self, mut step: Step) -> Next<'conn, Conn, F, U, R> {
        let Some(request) = &self.request else {
            return Continue(Stage::Done);
        };
        if let Step::Hit(entry) = &step {
            match (self.form.decode)(entry) {
                Some(rows) => return Break(Ok(rows)),
                None => step = request.corrupt(),
            }
        }
        match step {
            Step::NotFound => return Break(Err(NotFound)),
            Step::Fenced => {
                let request = Arc::clone(request);
                if let Some(conn) = self.conn.take() {
                    return Continue(Stage::Settling((self.steps.settle)(conn, request)));
                }
            }
            Step::Fill(ticket) => self.ticket = Some(ticket),
            Step::Query | Step::Hit(_) => {}
        }
        Continue(self.query())
    }

    /// Sends the inner query.
    pub(super) fn query(&mut self) -> Stage<'conn, Conn, F, U, R> {
        match (self.cached.take(), self.conn.take(), &self.request) {
            (Some(cached), Some(conn), Some(request)) => {
                fault::at(Point::AfterStamp);
                let span = LoadSpan::begin(request.core().name(), request.entry.key);
                let querying = span.within(|| (self.steps.send)(cached.query, conn));
                self.span = Some((span, Instant::now()));
                Stage::Querying(Box::pin(querying))
            }
            _ => Stage::Done,
        }
    }

    fn queried(&self, outcome: &str) {
        if let (Some(request), Some((span, started))) = (&self.request, &self.span) {
            request.queried(started.elapsed());
            span.ended(outcome);
        }
    }

    /// Runs a part of the inner query within its span.
    pub(super) fn within<T>(span: &Option<(LoadSpan, Instant)>, work: impl FnOnce() -> T) -> T {
        match span {
            Some((span, _)) => span.within(work),
            None => work(),
        }
    }

    /// Ends the load after the database has failed: with a stale entry, if one may be served, or with the error.
    pub(super) fn failed(&mut self, error: Error) -> Next<'conn, Conn, F, U, R> {
        self.queried("error");
        Break(match (&self.request, &self.ticket) {
            (Some(request), Some(ticket)) if is_outage(&error) => request
                .rescue(ticket)
                .and_then(|entry| (self.form.decode)(&entry))
                .ok_or(error),
            _ => Err(error),
        })
    }

    /// Continues once the database has sent all rows: with them, or with the stage in which they are stored.
    pub(super) fn loaded(&mut self, rows: Vec<U>) -> Next<'conn, Conn, F, U, R> {
        self.queried("rows");
        let empty = rows.is_empty();
        let rows = (self.form.from_rows)(rows);
        fault::at(Point::AfterQuery);
        let (Some(request), Some(ticket)) = (self.request.take(), self.ticket.take()) else {
            return Break(Ok(rows));
        };
        if let Some(reason) = self.recheck.as_ref().and_then(|recheck| recheck()) {
            ticket.fail();
            request.refused(reason);
            return Break(Ok(rows));
        }
        match (self.form.encode)(&rows) {
            Ok(bytes) => {
                let layout = self.form.layout;
                let storing = async move { request.store(&Tasks, ticket, layout, bytes, empty).await };
                Continue(Stage::Storing(Box::pin(storing), rows))
            }
            Err(error) => {
                // The caller gets its rows all the same.
                request.not_encoded(&error);
                Break(Ok(rows))
            }
        }
    }
}
