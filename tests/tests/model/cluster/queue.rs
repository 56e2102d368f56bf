//! The events that the coordinator has sent to a member, and the member has not applied yet, in order.

/// An event of the coordinator's stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Event {
    /// A writer fences.
    Fence(u8),
    /// A writer's fence is lifted, and the slot has this generation.
    Lift(u8, u8),
    /// Fences that a member knew from an epoch before, as a mask of writers.
    Uploaded(u8),
    /// The epoch is no longer young.
    Mature,
    /// An invalidation by hand: the slot has this generation.
    Bump(u8),
}

/// Up to eight events, one byte each. The lowest byte is the oldest event.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Queue(u64);

impl Queue {
    pub(super) const EMPTY: Self = Self(0);

    pub(super) fn push(&mut self, event: Event) {
        let len = (64 - self.0.leading_zeros()).div_ceil(8);
        assert!(len < 8, "a longer queue than the model has room for");
        self.0 |= u64::from(event.code()) << (8 * len);
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = Event::from_code(self.0 as u8)?;
        self.0 >>= 8;
        Some(event)
    }

    pub(super) fn any(mut self, is: impl Fn(Event) -> bool) -> bool {
        std::iter::from_fn(|| self.pop()).any(is)
    }
}

impl Event {
    /// Encodes the event as a byte with the kind in its three highest bits. The lowest bit is always set, so that the
    /// byte is not zero.
    fn code(self) -> u8 {
        let (kind, number) = match self {
            Self::Fence(writer) => (0, writer),
            Self::Lift(writer, generation) => {
                assert!(writer < 2 && generation < 8);
                (1, writer << 3 | generation)
            }
            Self::Uploaded(fences) => (2, fences),
            Self::Mature => (3, 0),
            Self::Bump(generation) => (4, generation),
        };
        assert!(number < 16);
        kind << 5 | number << 1 | 1
    }

    fn from_code(code: u8) -> Option<Self> {
        let number = code >> 1 & 15;
        match (code, code >> 5) {
            (0, _) => None,
            (_, 0) => Some(Self::Fence(number)),
            (_, 1) => Some(Self::Lift(number >> 3, number & 7)),
            (_, 2) => Some(Self::Uploaded(number)),
            (_, 3) => Some(Self::Mature),
            (_, _) => Some(Self::Bump(number)),
        }
    }
}

#[test]
fn events_leave_in_the_order_in_which_they_came() {
    let events = [
        Event::Fence(0),
        Event::Fence(1),
        Event::Lift(0, 0),
        Event::Lift(1, 7),
        Event::Uploaded(0),
        Event::Uploaded(3),
        Event::Mature,
        Event::Bump(7),
    ];
    let mut queue = Queue::EMPTY;
    for event in events {
        queue.push(event);
    }
    assert!(events.iter().all(|&event| queue.any(|queued| queued == event)));
    assert!(!queue.any(|queued| queued == Event::Lift(1, 0)));
    assert_eq!(events.map(Some), events.map(|_| queue.pop()));
    assert!(queue == Queue::EMPTY && queue.pop().is_none());
}
