//! Setting values: at once, or in two steps, before and after the rows are read from which they are computed.

use std::sync::Arc;

use super::values::{Use, Values, refusal};
use crate::cacheable::{Cacheable, Layout, encode_rows};
use crate::creator::{Active, CacheId, Creator};
use crate::engine::{Access, Request, Step, Ticket};
use crate::event::{BypassReason, RefusalReason};
use crate::generation::Slot;
use crate::wait::{Blocking, Wait, now};

impl Values {
    /// Stores a value under a key; see [`Region::set`](crate::Region::set).
    pub fn set<V: Cacheable>(&self, key: impl AsRef<str>, value: &V) {
        self.set_multi([(key, value)]);
    }

    /// Stores values; see [`Region::set_multi`](crate::Region::set_multi).
    pub fn set_multi<'v, V: Cacheable>(&self, values: impl IntoIterator<Item = (impl AsRef<str>, &'v V)>) {
        let values = values.into_iter().map(|(key, value)| (key, Encoded::of(value)));
        set_all(self.to_be_set(values));
    }

    /// Prepares to store a value that has yet to be computed; see [`Region::prepare`](crate::Region::prepare).
    pub fn prepare(&self, key: impl AsRef<str>) -> Prepared {
        let permit = now(self.permit(&Blocking, key.as_ref()));
        Prepared {
            _active: permit.creator.activate(),
            permit,
        }
    }

    /// Pairs the values with the requests that set them.
    pub(super) fn to_be_set(
        &self,
        values: impl IntoIterator<Item = (impl AsRef<str>, Encoded)>,
    ) -> Vec<(Arc<Request>, Encoded)> {
        let tables = self.tables();
        let with_request = |(key, encoded): (_, Encoded)| {
            let key = AsRef::as_ref(&key);
            (
                self.request_with(key, Some(encoded.layout), Use::Set, tables.clone()),
                encoded,
            )
        };
        values.into_iter().map(with_request).collect()
    }

    /// Takes the permission to set a value.
    pub(super) async fn permit<W: Wait>(&self, wait: &W, key: &str) -> SetPermit {
        let request = self.request(key, None, Use::Set);
        let stamped = Arc::clone(&request);
        let ticket = wait.blocking(move || ticket(&stamped)).await;
        SetPermit {
            // The creator begins after the stamp is taken, because a transaction that is older than the stamp must
            // count as older than the creator.
            creator: Arc::new(Creator::begin(W::YIELDS, CacheId::of(&self.scope.core.cache), [])),
            request,
            ticket,
        }
    }
}

/// The permission to store one value, taken before the rows are read from which it is computed; from
/// [`Region::prepare`](crate::Region::prepare).
///
/// It stays on its thread, because reads of other threads in a transaction would not be noticed. Dropping it does
/// nothing.
#[derive(Debug)]
#[must_use = "nothing is stored before `set` is called"]
pub struct Prepared {
    permit: SetPermit,
    _active: Active,
}

impl Prepared {
    /// Stores the value, unless something that it depends on has changed since [`prepare`](crate::Region::prepare).
    ///
    /// The value is refused if a table that it depends on was written, if the region was invalidated, or if another
    /// caller has set or deleted the key. It is also refused if this thread has read in a transaction that was open
    /// before, or that has written. An [`Event`](crate::Event) reports the refusal. Even then, the previous value under
    /// the key is no longer valid after this call, unless another caller has set or deleted the key.
    pub fn set<V: Cacheable>(self, value: &V) {
        self.permit.set(Encoded::of(value));
    }
}

/// The permission to set one value, and the creator that detects reads in transactions.
#[derive(Debug)]
pub(super) struct SetPermit {
    request: Arc<Request>,
    ticket: Option<Ticket>,
    pub(super) creator: Arc<Creator>,
}

impl SetPermit {
    /// Sets the value, unless others have set or deleted the key. May block.
    pub(super) fn set(self, value: Encoded) {
        let Self {
            request,
            mut ticket,
            creator,
        } = self;
        let refusal = ticket.as_mut().and_then(|ticket| refusal(&creator, ticket));
        let (core, key) = (request.core(), request.entry.key);
        let slot = request.entry.key_slot;
        if let Some(ticket) = &ticket
            && core.cache.generations.generation(slot) != ticket.stamp.generation(slot)
        {
            return core.record.refused(None, key, RefusalReason::Invalidated);
        }
        if let Some(reason) = refusal {
            core.record.refused(None, key, reason);
        }
        let ready = Ready::new(Arc::clone(&request), ticket.filter(|_| refusal.is_none()), value);
        claim_and_store(vec![ready], Others::Win);
    }
}

/// An encoded value.
#[derive(Debug)]
pub(super) struct Encoded {
    layout: Layout,
    /// The bytes, or the reason why the value cannot be encoded.
    bytes: Result<Vec<u8>, String>,
}

impl Encoded {
    pub(super) fn of<V: Cacheable>(value: &V) -> Self {
        Self {
            layout: V::LAYOUT,
            bytes: encode_rows(std::slice::from_ref(value)).map_err(|error| error.to_string()),
        }
    }
}

/// A value to be stored.
#[derive(Debug)]
pub(super) struct Ready {
    request: Arc<Request>,
    /// `None` if the value must not be stored.
    ticket: Option<Ticket>,
    layout: Layout,
    bytes: Vec<u8>,
}

impl Ready {
    pub(super) fn of<V: Cacheable>(request: Arc<Request>, ticket: Option<Ticket>, value: &V) -> Self {
        Self::new(request, ticket, Encoded::of(value))
    }

    fn new(request: Arc<Request>, ticket: Option<Ticket>, value: Encoded) -> Self {
        let (ticket, bytes) = match value.bytes {
            Ok(bytes) => (ticket, bytes),
            Err(error) => {
                request.not_encoded(&error);
                (None, Vec::new())
            }
        };
        Self {
            request,
            ticket,
            layout: value.layout,
            bytes,
        }
    }

    fn slot(&self) -> Slot {
        self.request.entry.key_slot
    }

    fn is_shared(&self) -> bool {
        self.request.core().backing.is_some()
    }

    /// Returns `true` if no other caller, in any process, creates a value for the key.
    fn is_led(&self) -> bool {
        let lead = self.ticket.as_ref().and_then(|ticket| ticket.lead.as_ref());
        lead.is_some_and(|lead| lead.lock.is_some() || !self.is_shared())
    }

    fn is_valid(&self) -> bool {
        let generations = &self.request.core().cache.generations;
        let ticket = self.ticket.as_ref();
        ticket.is_some_and(|ticket| generations.is_valid(&ticket.stamp))
    }

    fn store(self) {
        if let Some(ticket) = self.ticket {
            // An entry that is written later could replace what another process has set since.
            let ticket = ticket.writing_through();
            now(self.request.store(&Blocking, ticket, self.layout, self.bytes, false));
        }
    }
}

/// Stores created values. Those that a leader stores in memory alone need no blocking thread.
pub(super) async fn store_on<W: Wait>(wait: &W, values: Vec<Ready>) {
    if values.iter().all(|ready| ready.is_led() && !ready.is_shared()) {
        store(values);
    } else {
        wait.blocking(move || store(values)).await;
    }
}

/// Stores values: leaders as for loads, others under a claim. May block.
fn store(values: Vec<Ready>) {
    let (led, alone): (Vec<Ready>, Vec<Ready>) = values.into_iter().partition(Ready::is_led);
    led.into_iter().for_each(Ready::store);
    let (valid, late): (Vec<Ready>, Vec<Ready>) = alone.into_iter().partition(Ready::is_valid);
    late.into_iter().for_each(Ready::store); // records that they are refused
    claim_and_store(valid, Others::Win);
}

/// Stores values, replacing what is there. May block.
pub(super) fn set_all(values: Vec<(Arc<Request>, Encoded)>) {
    let ready = |(request, value): (Arc<Request>, Encoded)| {
        let ticket = ticket(&request);
        Ready::new(request, ticket, value)
    };
    claim_and_store(values.into_iter().map(ready).collect(), Others::Lose);
}

/// Whether a caller that has moved a key's slot since the value's stamp was taken counts as newer or older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Their value or deletion counts as newer.
    Win,
    /// Their value or deletion counts as older.
    Lose,
}

/// Invalidates the entries under these keys, and stores the values under the resulting generations.
///
/// All slots are moved before the first value is stored, because two keys may share a slot.
fn claim_and_store(values: Vec<Ready>, others: Others) {
    let Some(first) = values.iter().find(|ready| may_hold(&ready.request)) else {
        return;
    };
    let slots: Vec<Slot> = values.iter().map(Ready::slot).collect();
    let claim = first.request.core().cache.generations.claim(&slots);
    for mut ready in values {
        let slot = ready.slot();
        if let (Some(claim), Some(ticket)) = (&claim, &mut ready.ticket)
            && (others == Others::Lose || claim.follows(&ticket.stamp, slot))
            && let Some(stamp) = ticket.stamp.under(claim)
        {
            ticket.stamp = stamp;
        }
        // A stamp without a claim is invalid now, so its value is refused.
        ready.store();
    }
}

/// Returns `true` if the region may hold a value under the key. Such a value has to be invalidated even if caching is
/// disabled for this caller alone.
fn may_hold(request: &Request) -> bool {
    !matches!(
        request.access,
        Access::Bypass(BypassReason::NullRegion | BypassReason::NoSession)
    )
}

/// Takes the permission to store a value that no other caller waits for.
fn ticket(request: &Request) -> Option<Ticket> {
    if let Access::Bypass(reason) = request.access {
        request.core().record.bypass(None, reason);
        return None;
    }
    match request.take_ticket_now(None, None) {
        Step::Fill(ticket) => Some(ticket),
        _ => None,
    }
}
