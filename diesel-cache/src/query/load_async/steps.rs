//! The steps of a load between its waits.

use std::sync::Arc;
use std::time::Instant;

use diesel::result::Error;
use diesel::{NotFound, QueryResult};
use futures_core::TryFuture;

use super::super::load::is_outage;
use super::super::plan::Planned;
use super::{Load, Stage};
use crate::engine::Step;
use crate::fault::{self, Point};
use crate::telemetry::LoadSpan;
use crate::wait::Tasks;

impl<'conn, Q, Conn, F, U, R> Load<'conn, Q, Conn, F, U, R>
where
    F: TryFuture,
{
    /// The first lookup. The load begins here: it sees everything that was committed before.
    pub(super) fn begin(&mut self) -> QueryResult<Result<R, Stage<'conn, Conn, F, U, R>>> {
        let (Some(cached), Some(conn)) = (&self.cached, &mut self.conn) else {
            return Ok(Err(Stage::Done));
        };
        let layout = Some(self.form.layout);
        let (request, first) = match (self.look)(cached.asked(layout), conn)? {
            Planned::Hit(entry) => match (self.form.decode)(&entry) {
                Some(rows) => return Ok(Ok(rows)),
                None => {
                    let request = (self.plan)(cached.asked(layout), conn)?.request;
                    let step = request.corrupt();
                    self.request = Some(request);
                    return match self.follow(step) {
                        Ok(rows) => rows.map(Ok),
                        Err(stage) => Ok(Err(stage)),
                    };
                }
            },
            Planned::Load(..) if (self.is_unsure)(conn) => {
                let Some(conn) = self.conn.take() else {
                    return Ok(Err(Stage::Done));
                };
                return Ok(Err(Stage::Probing((self.probe)(conn))));
            }
            Planned::Load(plan, first) => (plan.request, first),
        };
        self.request = Some(Arc::clone(&request));
        Ok(Err(Stage::Looking(Box::pin(async move {
            request.begin(&Tasks, first).await
        }))))
    }

    /// Continues with a decision: with rows, or with the next stage.
    pub(super) fn follow(&mut self, mut step: Step) -> Result<QueryResult<R>, Stage<'conn, Conn, F, U, R>> {
        let Some(request) = &self.request else {
            return Err(Stage::Done);
        };
        if let Step::Hit(entry) = &step {
            match (self.form.decode)(entry) {
                Some(rows) => return Ok(Ok(rows)),
                None => step = request.corrupt(),
            }
        }
        match step {
            Step::NotFound => return Ok(Err(NotFound)),
            Step::Fenced => {
                let request = Arc::clone(request);
                if let Some(conn) = self.conn.take() {
                    return Err(Stage::Settling((self.settle)(conn, request)));
                }
            }
            Step::Fill(ticket) => self.ticket = Some(ticket),
            Step::Query | Step::Hit(_) => {}
        }
        Err(self.ask())
    }

    pub(super) fn ask(&mut self) -> Stage<'conn, Conn, F, U, R> {
        match (self.cached.take(), self.conn.take(), &self.request) {
            (Some(cached), Some(conn), Some(request)) => {
                fault::at(Point::AfterStamp);
                let asking = LoadSpan::begin(request.core().name(), request.entry.key);
                let asked = asking.within(|| (self.ask)(cached.query, conn));
                self.asking = Some((asking, Instant::now()));
                Stage::LoadSpan(Box::pin(asked))
            }
            _ => Stage::Done,
        }
    }

    fn asked(&self, outcome: &str) {
        if let (Some(request), Some((asking, started))) = (&self.request, &self.asking) {
            request.queried(started.elapsed());
            asking.ended(outcome);
        }
    }

    /// Goes on with the query inside, as a part of its span.
    pub(super) fn within<T>(asking: &Option<(LoadSpan, Instant)>, ask: impl FnOnce() -> T) -> T {
        match asking {
            Some((asking, _)) => asking.within(ask),
            None => ask(),
        }
    }

    /// The database has returned an error, or cannot be reached.
    pub(super) fn failed(&mut self, error: Error) -> QueryResult<R> {
        self.asked("error");
        match (&self.request, &self.ticket) {
            (Some(request), Some(ticket)) if is_outage(&error) => request
                .rescue(ticket)
                .and_then(|entry| (self.form.decode)(&entry))
                .ok_or(error),
            _ => Err(error),
        }
    }

    /// The database has returned all rows. Continues with them, or with the stage in which they are stored.
    pub(super) fn loaded(&mut self, rows: Vec<U>) -> Result<QueryResult<R>, Stage<'conn, Conn, F, U, R>> {
        self.asked("rows");
        let empty = rows.is_empty();
        let rows = (self.form.from_rows)(rows);
        fault::at(Point::AfterQuery);
        let (Some(request), Some(ticket)) = (self.request.take(), self.ticket.take()) else {
            return Ok(Ok(rows));
        };
        match (self.form.encode)(&rows) {
            Ok(bytes) => {
                let layout = self.form.layout;
                let storing = async move { request.finish(&Tasks, ticket, layout, bytes, empty).await };
                Err(Stage::Storing(Box::pin(storing), rows))
            }
            Err(error) => {
                // The rows are returned anyway.
                request.not_encoded(&error);
                Ok(Ok(rows))
            }
        }
    }
}
