//! Bringing values: at once, or in two steps around the reading of what they are made of.

use std::sync::Arc;

use super::{Use, Values};
use crate::cacheable::{Cacheable, Layout, encode_rows};
use crate::event::{BypassReason, RefusalReason};
use crate::generation::Slot;
use crate::region::creating::{AtWork, Creating};
use crate::region::fill::Ticket;
use crate::region::{Blocking, Request, Standing, Step, Wait, now};

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

    /// Gets ready to store a value that has yet to be computed; see [`Region::prepare`](crate::Region::prepare).
    pub fn prepare(&self, key: impl AsRef<str>) -> Prepared {
        let leave = now(self.leave_to_set(&Blocking, key.as_ref()));
        Prepared {
            _at_work: leave.creating.at_work(),
            leave,
        }
    }

    /// The requests with which these values are set.
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

    pub(super) async fn leave_to_set<W: Wait>(&self, wait: &W, key: &str) -> Leave {
        let request = self.request(key, None, Use::Set);
        let stamped = Arc::clone(&request);
        let ticket = wait.blocking(move || ticket(&stamped)).await;
        Leave {
            // After the stamp: a transaction that is older than the stamp must count as older than this.
            creating: Arc::new(Creating::begin(wait, &self.region, [])),
            request,
            ticket,
        }
    }
}

/// Leave to store one value, taken before what the value is made of is read; from [`Region::prepare`](crate::Region::prepare).
///
/// It stays on its thread, as what other threads read in a transaction would not be noticed. Dropped, it does nothing.
#[derive(Debug)]
#[must_use = "nothing is stored before `set` is called"]
pub struct Prepared {
    leave: Leave,
    _at_work: AtWork,
}

impl Prepared {
    /// Stores the value, unless something that it depends on has changed since [`prepare`](crate::Region::prepare).
    ///
    /// It is refused, as an [`Event`](crate::Event) tells, if a table it depends on was written, if the region was invalidated, or if
    /// somebody else has set or deleted the key; and if something was read on this thread in a transaction that was open
    /// before, or that has written. But for a set or a deletion by others, what was under the key is stale after this call in any case.
    pub fn set<V: Cacheable>(self, value: &V) {
        self.leave.set(Encoded::of(value));
    }
}

/// Leave to store one value, and what watches over its making.
#[derive(Debug)]
pub(super) struct Leave {
    request: Arc<Request>,
    ticket: Option<Ticket>,
    pub(super) creating: Arc<Creating>,
}

impl Leave {
    /// May block.
    pub(super) fn set(self, value: Encoded) {
        let Self {
            request,
            ticket,
            creating,
        } = self;
        let tainted = creating.is_tainted();
        let (context, state) = (&request.region.context, &request.region.state);
        let slot = request.accept.key_slot;
        if let Some(ticket) = &ticket
            && context.generations.generation(slot) != ticket.stamp.generation(slot)
        {
            return state.refused(context, request.accept.key, RefusalReason::Invalidated);
        }
        if tainted {
            state.refused(context, request.accept.key, RefusalReason::Transaction);
        }
        let ready = Ready::new(Arc::clone(&request), ticket.filter(|_| !tainted), value);
        claim_and_store(vec![ready], Others::Win);
    }
}

/// A value as it is stored.
#[derive(Debug)]
pub(super) struct Encoded {
    layout: Layout,
    /// Or why it cannot be.
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
    /// None: it must not be stored.
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
        self.request.accept.key_slot
    }

    fn has_files(&self) -> bool {
        self.request.region.state.has_files()
    }

    /// Is it the only one of its key, in all processes?
    fn is_led(&self) -> bool {
        let lead = self.ticket.as_ref().and_then(|ticket| ticket.lead.as_ref());
        lead.is_some_and(|lead| lead.lock.is_some() || !self.has_files())
    }

    fn is_valid(&self) -> bool {
        let generations = &self.request.region.context.generations;
        let ticket = self.ticket.as_ref();
        ticket.is_some_and(|ticket| generations.is_valid(&ticket.stamp))
    }

    fn store(self) {
        if let Some(ticket) = self.ticket {
            // Written late, it could lie over what another process has set since.
            let ticket = ticket.in_haste();
            now(self.request.finish(&Blocking, ticket, self.layout, self.bytes, false));
        }
    }
}

/// Stores created values. What a leader stores in memory needs no more than that.
pub(super) async fn store_on<W: Wait>(wait: &W, values: Vec<Ready>) {
    if values.iter().all(|ready| ready.is_led() && !ready.has_files()) {
        store(values);
    } else {
        wait.blocking(move || store(values)).await;
    }
}

/// Leaders store as for loads; whoever leads nobody has to be the only one. May block.
fn store(values: Vec<Ready>) {
    let (led, alone): (Vec<Ready>, Vec<Ready>) = values.into_iter().partition(Ready::is_led);
    led.into_iter().for_each(Ready::store);
    let (valid, late): (Vec<Ready>, Vec<Ready>) = alone.into_iter().partition(Ready::is_valid);
    late.into_iter().for_each(Ready::store); // which tells that they are refused
    claim_and_store(valid, Others::Win);
}

/// Stores values in the place of what there is. May block.
pub(super) fn set_all(values: Vec<(Arc<Request>, Encoded)>) {
    let ready = |(request, value): (Arc<Request>, Encoded)| {
        let ticket = ticket(&request);
        Ready::new(request, ticket, value)
    };
    claim_and_store(values.into_iter().map(ready).collect(), Others::Lose);
}

/// Those who have moved a key's slot since the stamp of its value was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Their value, or their deletion, is newer.
    Win,
    /// Theirs was earlier.
    Lose,
}

/// Makes what is under these keys stale, and stores the values under the generations that this gave.
///
/// All slots are moved before the first value is stored, as two keys may share one.
fn claim_and_store(values: Vec<Ready>, others: Others) {
    let Some(first) = values.iter().find(|ready| ready.request.may_hold()) else {
        return;
    };
    let slots: Vec<Slot> = values.iter().map(Ready::slot).collect();
    let claim = first.request.region.context.generations.claim(&slots);
    for mut ready in values {
        let slot = ready.slot();
        if let (Some(claim), Some(ticket)) = (&claim, &mut ready.ticket)
            && (others == Others::Lose || claim.follows(&ticket.stamp, slot))
            && let Some(stamp) = ticket.stamp.under(claim)
        {
            ticket.stamp = stamp;
        }
        // A stamp that was left as it was is invalid now.
        ready.store();
    }
}

impl Request {
    /// May there be a value, or come to be one? It has to become stale even where caching is off for this caller alone.
    fn may_hold(&self) -> bool {
        !matches!(
            self.standing,
            Standing::Bypass(BypassReason::NullRegion | BypassReason::NoSession)
        )
    }
}

/// Leave to store a value that nobody waits for.
fn ticket(request: &Request) -> Option<Ticket> {
    if let Standing::Bypass(reason) = request.standing {
        request.region.state.bypass(&request.region.context, reason);
        return None;
    }
    match request.fill(None, None) {
        Step::Fill(ticket) => Some(ticket),
        _ => None,
    }
}
