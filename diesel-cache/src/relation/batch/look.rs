//! The beginning of a batch: what memory holds, and what the answer depends on.

use std::hash::Hash;
use std::mem;
use std::sync::Arc;

use diesel::QueryResult;

use super::{Batch, Watch};
use crate::cacheable::Cacheable;
use crate::engine::{Member, Request, Rounds};
use crate::query::{Form, Opened, Plan};
use crate::wait::Wait;

impl<K, U, R> Batch<K, U, R>
where
    K: Clone + Ord + Hash,
    U: Cacheable,
    R: Form<U>,
{
    /// Requires that all rows are of one moment. Call it before each look that begins with the first key: answers of an
    /// earlier look are forgotten, because they may be of an earlier moment.
    pub(in crate::relation) fn watch(&mut self, mut plan: impl FnMut(K) -> QueryResult<Plan>) -> QueryResult<()> {
        let request = |key: &K| plan(key.clone()).map(|plan| plan.request);
        let requests = self.keys.iter().map(request).collect::<QueryResult<Vec<_>>>()?;
        self.watch = Some(Watch {
            stamp: Rounds::stamp_of(&requests),
            requests,
        });
        self.answers.fill_with(|| None);
        self.has_hit = false;
        Ok(())
    }

    /// Returns `true` if the next look begins with the first key.
    pub(in crate::relation) fn begins(&self) -> bool {
        self.looked == 0 || self.looked == self.keys.len()
    }

    /// Looks into memory for at most so many keys, from where the last look ended. Returns `true` if there are more.
    /// After the last key, it begins again with those that have no answer.
    pub(in crate::relation) fn look(
        &mut self,
        keys: usize,
        mut look: impl FnMut(K) -> QueryResult<Opened<R>>,
    ) -> QueryResult<bool> {
        if self.begins() {
            self.turns.clear();
            self.members.clear();
            self.opened.clear();
            self.looked = 0;
        }
        let end = self.looked.saturating_add(keys).min(self.keys.len());
        for at in self.looked..end {
            if self.answers[at].is_some() {
                continue;
            }
            let member = match look(self.keys[at].clone())? {
                Opened::Rows(rows) => {
                    self.answers[at] = Some(rows);
                    self.has_hit = true;
                    continue;
                }
                Opened::Corrupt(request) => {
                    self.turns.push((self.opened.len(), request.corrupt().into()));
                    Member::new(request)
                }
                Opened::Miss(request, first) => Member::looked(request, first),
            };
            self.opened.push(member);
            self.members.push(at);
        }
        self.looked = end;
        let has_more = end < self.keys.len();
        if !has_more {
            self.rounds = Rounds::new(mem::take(&mut self.opened));
        }
        Ok(has_more)
    }

    /// Returns a key without an answer.
    pub(in crate::relation) fn missing(&self) -> Option<&K> {
        self.members.first().map(|at| &self.keys[*at])
    }

    /// Returns a key, if the batch may have to ask for it.
    pub(in crate::relation) fn needs_limit(&self) -> Option<K> {
        let watched = self.keys.first().filter(|_| self.watch.is_some());
        self.missing().or(watched).cloned()
    }

    /// Sets how many keys a statement can ask for.
    ///
    /// # Errors
    ///
    /// [`TooManyKeys`](crate::Error::TooManyKeys) if all rows have to be of one moment, and one statement cannot ask
    /// for all keys.
    pub(in crate::relation) fn ask_at_once(&mut self, keys: usize) -> QueryResult<()> {
        self.at_once = keys;
        match self.keys.len() > keys && self.watch.is_some() {
            true => Err(crate::Error::TooManyKeys {
                keys: self.keys.len(),
                most: keys,
            }
            .into()),
            false => Ok(()),
        }
    }

    /// Invalidates what others hold under the keys, for a batch that refreshes.
    pub(in crate::relation) async fn refresh<W: Wait>(&mut self, wait: &W) {
        let refreshes = |request: &&Arc<Request>| request.refreshes();
        let slots: Vec<_> = self
            .rounds
            .requests()
            .filter(refreshes)
            .map(|request| request.entry.key_slot)
            .collect();
        if let Some(request) = self.rounds.requests().find(refreshes) {
            let cache = Arc::clone(&request.core().cache);
            wait.blocking(move || cache.generations.bump(&slots)).await;
        }
    }
}
