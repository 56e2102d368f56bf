//! The end of a question: the connection that it needs, and its rows.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;

use diesel::QueryResult;

use super::{Asked, Batch};
use crate::cacheable::{Cacheable, encode_rows};
use crate::event::RefusalReason;
use crate::fault::{self, Point};
use crate::pool::Verified;
use crate::query::{Form, is_outage, permitted};
use crate::telemetry::LoadSpan;
use crate::wait::Wait;

impl<K, U, R> Batch<K, U, R>
where
    K: Clone + Ord + Hash,
    U: Cacheable,
    R: Form<U>,
{
    /// Notes that the caller, which had no connection, has taken one; or that its rows must not be stored.
    pub(in crate::relation) fn connected(&mut self, verified: Result<Verified, RefusalReason>) {
        let is_current = verified.is_ok_and(|verified| verified.lag.is_none());
        self.is_apart |= !is_current;
        let asking = self.asking.iter_mut().flat_map(|(asked, _)| asked);
        let later = self.questions.iter_mut().flatten().chain(&mut self.mine);
        for asked in asking.chain(later) {
            let request = self.rounds.request(asked.member);
            let ticket = asked.ticket.take();
            asked.ticket = ticket.and_then(|ticket| permitted(request, ticket, verified));
        }
    }

    /// Takes stale rows in place of a connection, if there are some for all keys that would be queried. Otherwise the
    /// callers that wait for them try for themselves.
    pub(in crate::relation) fn unconnected(&mut self) -> bool {
        let asking = self.asking.take().map(|(asked, _)| asked);
        let later = mem::take(&mut self.questions)
            .into_iter()
            .chain([mem::take(&mut self.mine)]);
        let asked: Vec<_> = asking.into_iter().chain(later).flatten().collect();
        let rescued = self.fenced.is_empty() && self.rescue(&asked);
        for ticket in asked.into_iter().filter_map(|asked| asked.ticket) {
            ticket.fail();
        }
        rescued
    }

    /// Takes the rows of the last question, each with its key, and stores them.
    ///
    /// # Errors
    ///
    /// That of the query, unless old rows may serve in its place.
    pub(in crate::relation) async fn answer<W: Wait>(
        &mut self,
        wait: &W,
        span: LoadSpan,
        rows: QueryResult<Vec<(K, U)>>,
    ) -> QueryResult<()> {
        let Some((asked, started)) = self.asking.take() else {
            return Ok(());
        };
        if let Some(first) = asked.first() {
            self.rounds.request(first.member).queried(started.elapsed());
        }
        span.ended(if rows.is_ok() { "rows" } else { "error" });
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) if is_outage(&error) && self.rescue(&asked) => return Ok(()),
            Err(error) => return Err(error),
        };
        fault::at(Point::AfterQuery);
        let is_alone = asked.len() == 1;
        let (found, is_certain) = self.by_member(&asked, rows);
        let mut again = Vec::new();
        for (asked, rows) in asked.into_iter().zip(found) {
            // A row that belongs to none of the keys may belong to one that seems to have no rows.
            let is_told = !(self.is_unique && rows.len() > 1) && (is_certain || !rows.is_empty());
            match is_alone || is_told {
                true => self.store(wait, asked, rows).await,
                false => again.push(vec![asked]),
            }
        }
        if self.has_asked_for_all && !again.is_empty() {
            let found = "a key that is not unique".to_owned();
            return Err(crate::Error::Inseparable { found }.into());
        }
        self.questions.extend(again);
        Ok(())
    }

    /// Takes stale rows in place of an error, if there are some for all of these keys.
    fn rescue(&mut self, asked: &[Asked]) -> bool {
        let old = |asked: &Asked| {
            let entry = self.rounds.request(asked.member).rescue(asked.ticket.as_ref()?)?;
            Some((asked.member, R::decode(&entry)?))
        };
        let Some(rescued) = asked.iter().map(old).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.has_hit = true;
        for (member, rows) in rescued {
            self.put(member, rows);
        }
        true
    }

    /// Divides rows among the members, by the key that each row has. Returns `false` if there is a row that belongs to
    /// none of them.
    fn by_member(&self, asked: &[Asked], rows: Vec<(K, U)>) -> (Vec<Vec<U>>, bool) {
        let mut found: Vec<Vec<U>> = asked.iter().map(|_| Vec::new()).collect();
        if let [all] = &mut *found {
            // The rows of the query for one key are its rows, whatever key they show.
            all.extend(rows.into_iter().map(|(_, row)| row));
            return (found, true);
        }
        let places: HashMap<&K, usize> = asked
            .iter()
            .enumerate()
            .map(|(place, asked)| (&self.keys[self.members[asked.member]], place))
            .collect();
        let mut is_certain = true;
        for (key, row) in rows {
            match places.get(&key) {
                Some(place) => found[*place].push(row),
                None => is_certain = false,
            }
        }
        (found, is_certain)
    }

    /// Stores the rows of a member, if it has the permission to, and returns them to the caller in the end.
    async fn store<W: Wait>(&mut self, wait: &W, asked: Asked, rows: Vec<U>) {
        let rows = R::from_rows(rows);
        if let Some(ticket) = asked.ticket {
            let request = Arc::clone(self.rounds.request(asked.member));
            match encode_rows(rows.rows()) {
                Ok(bytes) => {
                    let empty = rows.rows().is_empty();
                    let entry = request.store(wait, ticket, U::LAYOUT, bytes, empty).await;
                    rows.keep(&entry);
                }
                // The rows are returned anyway.
                Err(error) => request.not_encoded(&error),
            }
        }
        self.put(asked.member, rows);
    }
}
