//! `get_or_create`: a missing value is created once, however many callers wait for it.

use std::future::{Future, ready};
use std::time::Instant;

use super::set::{Ready, store_on};
use super::values::{Use, Values, asks_for_itself, id_of, refusal, value_of};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::creator::{self, CacheId, Creator};
use crate::engine::{MemoryProbe, Step};
use crate::fault::{self, Point};
use crate::wait::{Blocking, Wait, now};

impl Values {
    /// Returns the value under a key. If there is none, creates it. See
    /// [`Region::get_or_create`](crate::Region::get_or_create).
    ///
    /// # Errors
    ///
    /// The creator's errors, and [`Error::AsksForItself`].
    pub fn get_or_create<V, E>(&self, key: impl AsRef<str>, create: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        V: Cacheable,
        E: From<Error>,
    {
        now(self.get_or_create_on(&Blocking, key.as_ref(), || ready(create())))
    }

    pub(super) async fn get_or_create_on<W, V, E, F>(
        &self,
        wait: &W,
        key: &str,
        create: impl FnOnce() -> F,
    ) -> Result<V, E>
    where
        W: Wait,
        V: Cacheable,
        E: From<Error>,
        F: Future<Output = Result<V, E>>,
    {
        let request = self.request(key, Some(V::LAYOUT), Use::Create);
        if creator::is_being_made(id_of(&request)) {
            return Err(asks_for_itself(key).into());
        }
        let mut step = match request.probe_memory() {
            MemoryProbe::Hit(entry) => Step::Hit(entry),
            MemoryProbe::Open(first) => request.begin(wait, first).await,
        };
        if let Step::Hit(entry) = &step {
            match value_of(entry) {
                Some(value) => return Ok(value),
                None => step = request.corrupt(),
            }
        }
        let mut ticket = match step {
            Step::Fill(ticket) => Some(ticket),
            _ => None,
        };
        fault::at(Point::AfterStamp);
        let cache = CacheId::of(&self.scope.core.cache);
        let creator = Creator::begin(W::YIELDS, cache, [id_of(&request)]);
        let started = Instant::now();
        let created = creator.run(create).await;
        request.queried(started.elapsed());
        let refusal = ticket.as_mut().and_then(|ticket| refusal(&creator, ticket));
        drop(creator);
        fault::at(Point::AfterQuery);
        match (created, ticket) {
            (Ok(value), Some(ticket)) => {
                if let Some(reason) = refusal {
                    request.refused(reason);
                    return Ok(value);
                }
                store_on(wait, vec![Ready::of(request, Some(ticket), &value)]).await;
                Ok(value)
            }
            (Err(error), Some(ticket)) => {
                let rescued = request.rescue(&ticket).and_then(|entry| value_of(&entry));
                rescued.ok_or(error)
            }
            (created, None) => created,
        }
    }
}
