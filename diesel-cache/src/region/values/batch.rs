//! `get_or_create_multi`: one creation of everything that is missing, also where batches overlap.
//!
//! A batch goes in rounds. In each it takes the lead of every missing key that nobody else is creating, creates
//! those, and gives all leads back. Only when there is nothing for it to create does it wait for others: nobody ever waits while
//! others wait for it, so batches that overlap, in whatever order, never stand in each other's way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::set::{Ready, store};
use super::wanted::{Turn, Wanted};
use super::{Use, Values, asks_for_itself, value_of};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::event::RefusalReason;
use crate::generation::Slot;
use crate::region::creating::{self, Creating};
use crate::region::fill::Ticket;
use crate::region::flight::Flight;
use crate::region::wait::Wait;
use crate::region::{Blocking, now};

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
        let mut batch = Batch::of(self, keys);
        for wanted in &batch.wanted {
            if creating::is_being_made(&wanted.request) {
                return Err(asks_for_itself(&wanted.key).into());
            }
        }
        if self.refresh {
            let slots: Vec<Slot> = batch
                .wanted
                .iter()
                .map(|wanted| wanted.request.accept.key_slot)
                .collect();
            self.region.context.generations.bump(&slots);
        }
        let timeout = self.region.state.settings().lock_timeout;
        // None: later than any clock can say.
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = Duration::from_micros(200);
        loop {
            let (mine, others) = batch.round();
            match others {
                _ if !mine.is_empty() => batch.create(mine, &mut create)?,
                None => return Ok(batch.finish()),
                Some(_) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => batch.give_up(),
                Some((at, Some(flight))) => batch.wanted[at].wait(flight, deadline),
                Some((_, None)) => {
                    now(Blocking.pause(pause));
                    pause = (pause * 2).min(Duration::from_millis(5));
                }
            }
        }
    }
}

struct Batch<V> {
    /// Each key once, in the order in which they were first named.
    wanted: Vec<Wanted<V>>,
    /// Which of them is meant, for each key that was named.
    named: Vec<usize>,
}

impl<V: Cacheable + Clone> Batch<V> {
    fn of(values: &Values, keys: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let tables = values.tables();
        let (mut wanted, mut named) = (Vec::new(), Vec::new());
        let mut places = HashMap::<String, usize>::new();
        for key in keys {
            let key = key.as_ref();
            let place = places.get(key).copied().unwrap_or_else(|| {
                let request = values.request_with(key, Some(V::LAYOUT), Use::Create, tables.clone());
                wanted.push(Wanted::new(key, request));
                places.insert(key.to_owned(), wanted.len() - 1);
                wanted.len() - 1
            });
            named.push(place);
        }
        Self { wanted, named }
    }

    /// Looks at every key that has no value: what is to be created here, and the first one that others are creating.
    #[allow(clippy::type_complexity, reason = "used once")]
    fn round(&mut self) -> (Vec<(usize, Option<Ticket>)>, Option<(usize, Option<Arc<Flight>>)>) {
        let (mut mine, mut others) = (Vec::new(), None);
        for (at, wanted) in self.wanted.iter_mut().enumerate() {
            if wanted.value.is_some() {
                continue;
            }
            match wanted.turn() {
                Turn::Value(value) => wanted.value = Some(value),
                Turn::Mine(ticket) => mine.push((at, ticket)),
                Turn::Busy(flight) => others = others.or(Some((at, flight))),
            }
        }
        (mine, others)
    }

    /// Creates the values of these keys.
    fn create<E: From<Error>>(
        &mut self,
        mine: Vec<(usize, Option<Ticket>)>,
        create: &mut impl FnMut(&[&str]) -> Result<Vec<V>, E>,
    ) -> Result<(), E> {
        let keys: Vec<&str> = mine.iter().map(|(at, _)| &*self.wanted[*at].key).collect();
        let creating = Creating::begin(mine.iter().map(|(at, _)| &self.wanted[*at].request));
        let started = Instant::now();
        let created = create(&keys);
        let took = started.elapsed();
        let tainted = creating.is_tainted();
        drop(creating);
        if let Some((at, _)) = mine.first() {
            self.wanted[*at].request.asked(took);
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
        for ((at, ticket), value) in mine.into_iter().zip(values) {
            let wanted = &mut self.wanted[at];
            let request = &wanted.request;
            match ticket {
                Some(_) if tainted => {
                    let state = &request.region.state;
                    state.refused(&request.region.context, request.accept.key, RefusalReason::Transaction);
                }
                Some(ticket) => ready.push(Ready::of(Arc::clone(request), Some(ticket), &value)),
                None => {}
            }
            wanted.value = Some(value);
        }
        store(ready);
        Ok(())
    }

    /// Stale values in the place of an error, if there are some for all of these keys.
    fn rescue(&mut self, mine: Vec<(usize, Option<Ticket>)>) -> Option<()> {
        for (at, ticket) in mine {
            let wanted = &mut self.wanted[at];
            wanted.value = Some(value_of(&*wanted.request.rescue(&ticket?)?)?);
        }
        Some(())
    }

    /// Nobody is waited for any longer.
    fn give_up(&mut self) {
        for wanted in &mut self.wanted {
            wanted.alone = true;
        }
    }

    fn finish(mut self) -> Vec<V> {
        let once = self.named.len() == self.wanted.len();
        let mut take = |at: &usize| match once {
            true => self.wanted[*at].value.take(),
            false => self.wanted[*at].value.clone(),
        };
        // Every key has a value when the last round has nothing to create, and nobody to wait for.
        self.named.iter().filter_map(&mut take).collect()
    }
}
