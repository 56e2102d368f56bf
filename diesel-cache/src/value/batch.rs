//! `get_or_create_multi`: everything that is missing is created together, and once, even where batches overlap.
//!
//! A batch works in rounds. In each round it takes the lead of every missing key that no other caller is creating,
//! creates those, and gives all leads back. Only when nothing is left for it to create does it wait for others. No
//! caller ever waits while others wait for it, so overlapping batches cannot deadlock, in whatever order their keys
//! are.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::set::{Ready, store_on};
use super::{Use, Values, asks_for_itself, id_of, refusal, value_of};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::creator::{self, CacheId, Creator};
use crate::engine::{FIRST_PAUSE, Flight, LONGEST_PAUSE, Member, Scope, Ticket, Turn};
use crate::entry::Entry;
use crate::generation::Slot;
use crate::wait::{Blocking, Wait, now};

impl Values {
    /// The values under these keys, those that are missing created together; see
    /// [`Region::get_or_create_multi`](crate::Region::get_or_create_multi).
    ///
    /// # Errors
    ///
    /// The creator's own, [`Error::AsksForItself`] and [`Error::ValueCount`].
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
        for (key, member) in &batch.wanted {
            if creator::is_being_made(id_of(&member.request)) {
                return Err(asks_for_itself(key).into());
            }
        }
        if self.refresh {
            batch.refresh(wait).await;
        }
        let timeout = self.scope.core.settings.longest_wait();
        // None: later than any clock can say.
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = FIRST_PAUSE;
        loop {
            let (mine, others) = batch.round(wait).await;
            match others {
                _ if !mine.is_empty() => batch.create(wait, &self.scope, mine, &mut create).await?,
                None => return Ok(batch.finish()),
                Some(_) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => batch.give_up_waiting(),
                Some((at, Some(flight))) => batch.wait(wait, at, flight, deadline).await,
                Some((_, None)) => {
                    wait.pause(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

struct Batch<V> {
    /// Each key once, in the order in which they were first named.
    wanted: Vec<(String, Member)>,
    /// The values that are there, for each of them.
    values: Vec<Option<V>>,
    /// The position in `wanted` of each key that was named.
    named: Vec<usize>,
}

/// The keys of a round that this batch has to create, and the first one that another caller is creating.
type Round = (Vec<(usize, Option<Ticket>)>, Option<(usize, Option<Arc<Flight>>)>);

impl<V: Cacheable + Clone> Batch<V> {
    fn of(values: &Values, keys: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let tables = values.tables();
        let (mut wanted, mut named) = (Vec::new(), Vec::new());
        let mut places = HashMap::<String, usize>::new();
        for key in keys {
            let key = key.as_ref();
            let place = places.get(key).copied().unwrap_or_else(|| {
                let request = values.request_with(key, Some(V::LAYOUT), Use::Create, tables.clone());
                wanted.push((key.to_owned(), Member::new(request)));
                places.insert(key.to_owned(), wanted.len() - 1);
                wanted.len() - 1
            });
            named.push(place);
        }
        let values = wanted.iter().map(|_| None).collect();
        Self { wanted, values, named }
    }

    /// Makes stale what others hold under these keys.
    async fn refresh<W: Wait>(&self, wait: &W) {
        let slots = self.wanted.iter().map(|(_, member)| member.request.entry.key_slot);
        let (slots, first) = (slots.collect::<Vec<Slot>>(), self.wanted.first());
        if let Some((_, member)) = first {
            let context = Arc::clone(&member.request.core().context);
            wait.blocking(move || context.generations.bump(&slots)).await;
        }
    }

    /// Looks at every key without a value.
    async fn round<W: Wait>(&mut self, wait: &W) -> Round {
        let (mut mine, mut others) = (Vec::new(), None);
        for (at, turn) in self.turns(wait).await {
            let turn = match turn {
                Turn::Hit(entry) => match self.take(at, &entry) {
                    None => continue,
                    Some(turn) => turn,
                },
                turn => turn,
            };
            match turn {
                Turn::Mine(ticket) => mine.push((at, ticket)),
                Turn::Busy(flight) => others = others.or(Some((at, flight))),
                Turn::Hit(_) => {}
            }
        }
        (mine, others)
    }

    /// Returns how every key without a value goes on. The caller's own thread takes what memory holds, up to the first
    /// key for which that is not enough.
    async fn turns<W: Wait>(&mut self, wait: &W) -> Vec<(usize, Turn)> {
        let (mut turns, mut rest) = (Vec::new(), Vec::new());
        for at in (0..self.wanted.len()).filter(|at| self.values[*at].is_none()) {
            match rest.is_empty().then(|| self.wanted[at].1.probe_memory()).flatten() {
                Some(entry) => turns.push((at, Turn::Hit(entry))),
                None => rest.push(at),
            }
        }
        if !rest.is_empty() {
            let mut wanted = mem::take(&mut self.wanted);
            let (wanted, found) = wait
                .blocking(move || {
                    let found: Vec<_> = rest.into_iter().map(|at| (at, wanted[at].1.turn())).collect();
                    (wanted, found)
                })
                .await;
            self.wanted = wanted;
            turns.extend(found);
        }
        turns
    }

    /// Takes the value of a key from an entry. Returns how the key goes on if it cannot be decoded.
    fn take(&mut self, at: usize, entry: &Entry) -> Option<Turn> {
        self.values[at] = value_of(entry);
        let is_corrupt = self.values[at].is_none();
        is_corrupt.then(|| self.wanted[at].1.request.corrupt().into())
    }

    /// Waits for another caller of this process.
    async fn wait<W: Wait>(&mut self, wait: &W, at: usize, flight: Arc<Flight>, deadline: Option<Instant>) {
        if let Some(entry) = self.wanted[at].1.wait(wait, flight, deadline).await {
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
        let wanted: Vec<_> = mine.iter().map(|(at, _)| &self.wanted[*at]).collect();
        let keys: Vec<&str> = wanted.iter().map(|(key, _)| &**key).collect();
        let ids = wanted.iter().map(|(_, member)| id_of(&member.request));
        let creator = Creator::begin(W::YIELDS, CacheId::of(&scope.core.context), ids);
        let started = Instant::now();
        let created = creator.run(|| create(&keys)).await;
        let took = started.elapsed();
        let reason = |ticket: &mut Option<Ticket>| refusal(&creator, ticket.as_mut()?);
        let refusals: Vec<_> = mine.iter_mut().map(|(_, ticket)| reason(ticket)).collect();
        drop(creator);
        if let Some((_, member)) = wanted.first() {
            member.request.queried(took);
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
            let request = &self.wanted[at].1.request;
            match (ticket, refusal) {
                (_, Some(reason)) => request.refused(reason),
                (Some(ticket), None) => ready.push(Ready::of(Arc::clone(request), Some(ticket), &value)),
                (None, None) => {}
            }
            self.values[at] = Some(value);
        }
        store_on(wait, ready).await;
        Ok(())
    }

    /// Takes stale values in the place of an error, if there are some for all of these keys.
    fn rescue(&mut self, mine: Vec<(usize, Option<Ticket>)>) -> Option<()> {
        for (at, ticket) in mine {
            self.values[at] = Some(value_of(&*self.wanted[at].1.request.rescue(&ticket?)?)?);
        }
        Some(())
    }

    /// Stops waiting for others.
    fn give_up_waiting(&mut self) {
        for (_, member) in &mut self.wanted {
            member.give_up_waiting();
        }
    }

    fn finish(mut self) -> Vec<V> {
        let once = self.named.len() == self.wanted.len();
        let mut take = |at: &usize| match once {
            true => self.values[*at].take(),
            false => self.values[*at].clone(),
        };
        // Every key has a value once a round has nothing to create and nobody to wait for.
        self.named.iter().filter_map(&mut take).collect()
    }
}
