//! `get_or_create_multi`: missing values are created together, and each only once, even if batches overlap. A batch
//! works in [rounds](crate::engine::Rounds).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::set::{Ready, store_on};
use super::values::{Use, Values, asks_for_itself, id_of, refusal, value_of};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::creator::{self, CacheId, Creator};
use crate::engine::{Flight, Member, Request, Rounds, Scope, Ticket, Turn};
use crate::entry::Entry;
use crate::generation::Slot;
use crate::wait::{Blocking, Wait, now};

impl Values {
    /// Returns the values under these keys. Missing values are created together. See
    /// [`Region::get_or_create_multi`](crate::Region::get_or_create_multi).
    ///
    /// # Errors
    ///
    /// The creator's errors, [`Error::AsksForItself`] and [`Error::ValueCount`].
    pub fn get_or_create_multi<V, E>(
        &self,
        keys: impl IntoIterator<Item: AsRef<str>>,
        mut create: impl FnMut(&[&str]) -> Result<Vec<V>, E>,
    ) -> Result<Vec<V>, E>
    where
        V: Cacheable + Clone,
        E: From<Error>,
    {
        now(self.get_or_create_multi_on(&Blocking, keys, async |missing: &[&str]| create(missing)))
    }

    pub(super) async fn get_or_create_multi_on<W, V, E>(
        &self,
        wait: &W,
        keys: impl IntoIterator<Item: AsRef<str>>,
        mut create: impl AsyncFnMut(&[&str]) -> Result<Vec<V>, E>,
    ) -> Result<Vec<V>, E>
    where
        W: Wait,
        V: Cacheable + Clone,
        E: From<Error>,
    {
        let mut batch = Batch::of(self, keys);
        for (key, request) in batch.wanted() {
            if creator::is_being_made(id_of(request)) {
                return Err(asks_for_itself(key).into());
            }
        }
        if self.refresh {
            batch.refresh(wait).await;
        }
        loop {
            let (mine, others) = batch.round(wait).await;
            match others {
                _ if !mine.is_empty() => batch.create(wait, &self.scope, mine, &mut create).await?,
                None => return Ok(batch.finish()),
                Some((at, flight)) => batch.wait(wait, at, flight).await,
            }
        }
    }
}

struct Batch<V> {
    /// Each key once, in the order in which they were first named.
    keys: Vec<String>,
    rounds: Rounds,
    /// The value of each key, if there is one by now.
    values: Vec<Option<V>>,
    /// The position in `keys` of each key that was named.
    named: Vec<usize>,
}

/// The keys of a round that this batch has to create, and the first one that another caller is creating.
type Round = (Vec<(usize, Option<Ticket>)>, Option<(usize, Option<Arc<Flight>>)>);

impl<V: Cacheable + Clone> Batch<V> {
    fn of(values: &Values, keys: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let tables = values.tables();
        let (mut wanted, mut members, mut named) = (Vec::new(), Vec::new(), Vec::new());
        let mut places = HashMap::<String, usize>::new();
        for key in keys {
            let key = key.as_ref();
            let place = places.get(key).copied().unwrap_or_else(|| {
                let request = values.request_with(key, Some(V::LAYOUT), Use::Create, tables.clone());
                wanted.push(key.to_owned());
                members.push(Member::new(request));
                places.insert(key.to_owned(), wanted.len() - 1);
                wanted.len() - 1
            });
            named.push(place);
        }
        Self {
            values: wanted.iter().map(|_| None).collect(),
            keys: wanted,
            rounds: Rounds::new(members),
            named,
        }
    }

    /// Returns each key with its request.
    fn wanted(&self) -> impl Iterator<Item = (&String, &Arc<Request>)> {
        self.keys.iter().zip(self.rounds.requests())
    }

    /// Invalidates the entries under these keys, in every process.
    async fn refresh<W: Wait>(&self, wait: &W) {
        let slots = self.rounds.requests().map(|request| request.entry.key_slot);
        let (slots, first) = (slots.collect::<Vec<Slot>>(), self.rounds.requests().next());
        if let Some(request) = first {
            let cache = Arc::clone(&request.core().cache);
            wait.blocking(move || cache.generations.bump(&slots)).await;
        }
    }

    /// Looks at every key without a value.
    async fn round<W: Wait>(&mut self, wait: &W) -> Round {
        let (mut mine, mut others) = (Vec::new(), None);
        for (at, turn) in self.rounds.turns(wait).await {
            let turn = match turn {
                Turn::Hit(entry) => match self.take(at, &entry) {
                    None => continue,
                    Some(turn) => turn,
                },
                turn => turn,
            };
            match turn {
                Turn::Mine(ticket) => mine.push((at, ticket)),
                Turn::Fenced | Turn::NotFound => mine.push((at, None)),
                Turn::Busy(flight) => others = others.or(Some((at, flight))),
                Turn::Hit(_) => {}
            }
        }
        (mine, others)
    }

    /// Takes the value of a key from an entry. Returns the key's next turn if it cannot be decoded.
    fn take(&mut self, at: usize, entry: &Entry) -> Option<Turn> {
        match value_of(entry) {
            None => Some(self.rounds.request(at).corrupt().into()),
            Some(value) => {
                self.put(at, value);
                None
            }
        }
    }

    fn put(&mut self, at: usize, value: V) {
        self.values[at] = Some(value);
        self.rounds.answered(at);
    }

    /// Waits for another caller.
    async fn wait<W: Wait>(&mut self, wait: &W, at: usize, flight: Option<Arc<Flight>>) {
        if let Some(entry) = self.rounds.wait(wait, at, flight).await {
            self.take(at, &entry);
        }
    }

    /// Creates the values of these keys.
    async fn create<W: Wait, E: From<Error>>(
        &mut self,
        wait: &W,
        scope: &Scope,
        mut mine: Vec<(usize, Option<Ticket>)>,
        create: &mut impl AsyncFnMut(&[&str]) -> Result<Vec<V>, E>,
    ) -> Result<(), E> {
        let keys: Vec<&str> = mine.iter().map(|(at, _)| &*self.keys[*at]).collect();
        let ids = mine.iter().map(|(at, _)| id_of(self.rounds.request(*at)));
        let creator = Creator::begin(W::YIELDS, CacheId::of(&scope.core.cache), ids);
        let started = Instant::now();
        let created = creator.run(|| create(&keys)).await;
        let took = started.elapsed();
        let reason = |ticket: &mut Option<Ticket>| refusal(&creator, ticket.as_mut()?);
        let refusals: Vec<_> = mine.iter_mut().map(|(_, ticket)| reason(ticket)).collect();
        drop(creator);
        if let Some((at, _)) = mine.first() {
            self.rounds.request(*at).queried(took);
        }
        let values = match created {
            Ok(values) if values.len() == mine.len() => values,
            Ok(values) => {
                let (asked, created) = (mine.len(), values.len());
                return Err(Error::ValueCount { asked, created }.into());
            }
            Err(error) => return self.rescue(mine).ok_or(error),
        };
        let mut ready = Vec::with_capacity(values.len());
        for (((at, ticket), refusal), value) in mine.into_iter().zip(refusals).zip(values) {
            let request = self.rounds.request(at);
            match (ticket, refusal) {
                (_, Some(reason)) => request.refused(reason),
                (Some(ticket), None) => ready.push(Ready::of(Arc::clone(request), Some(ticket), &value)),
                (None, None) => {}
            }
            self.put(at, value);
        }
        store_on(wait, ready).await;
        Ok(())
    }

    /// Returns stale values in place of an error, if there is one for each of these keys.
    fn rescue(&mut self, mine: Vec<(usize, Option<Ticket>)>) -> Option<()> {
        for (at, ticket) in mine {
            let value = value_of(&*self.rounds.request(at).rescue(&ticket?)?)?;
            self.put(at, value);
        }
        Some(())
    }

    fn finish(mut self) -> Vec<V> {
        let once = self.named.len() == self.keys.len();
        let mut take = |at: &usize| match once {
            true => self.values[*at].take(),
            false => self.values[*at].clone(),
        };
        // Every key has a value once a round has nothing to create and no other caller to wait for.
        self.named.iter().filter_map(&mut take).collect()
    }
}
