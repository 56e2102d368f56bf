//! `get_or_create`: one creation of a missing value, whoever waits for it.

use std::time::Instant;

use super::set::{Ready, store};
use super::{Use, Values, asks_for_itself, value_of};
use crate::Error;
use crate::cacheable::Cacheable;
use crate::event::RefusalReason;
use crate::fault::{self, Point};
use crate::region::creating::{self, Creating};
use crate::region::{Blocking, Near, Step, now};

impl Values {
    /// The value under a key, created if there is none; see [`Region::get_or_create`](crate::Region::get_or_create).
    ///
    /// # Errors
    ///
    /// The creator's own, and [`Error::AsksForItself`].
    pub fn get_or_create<V, E>(&self, key: impl AsRef<str>, create: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        V: Cacheable,
        E: From<Error>,
    {
        let key = key.as_ref();
        let request = self.request(key, Some(V::LAYOUT), Use::Create);
        if creating::is_being_made(&request) {
            return Err(asks_for_itself(key).into());
        }
        let mut step = match request.hit_near() {
            Near::Hit(entry) => Step::Hit(entry),
            Near::Seen(seen) => now(request.begin(&Blocking, seen)),
        };
        if let Step::Hit(entry) = &step {
            match value_of(entry) {
                Some(value) => return Ok(value),
                None => step = request.corrupt(),
            }
        }
        let ticket = match step {
            Step::Fill(ticket) => Some(ticket),
            _ => None,
        };
        fault::at(Point::AfterStamp);
        let creating = Creating::begin([&request]);
        let started = Instant::now();
        let created = create();
        request.asked(started.elapsed());
        let tainted = creating.is_tainted();
        drop(creating);
        fault::at(Point::AfterQuery);
        match (created, ticket) {
            (Ok(value), Some(_)) if tainted => {
                let state = &request.region.state;
                state.refused(&request.region.context, request.accept.key, RefusalReason::Transaction);
                Ok(value)
            }
            (Ok(value), Some(ticket)) => {
                store(vec![Ready::of(request, Some(ticket), &value)]);
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
