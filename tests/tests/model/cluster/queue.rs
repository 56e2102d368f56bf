//! What the coordinator has sent to a member and the member has not applied yet, in order.

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
}

/// Up to eight events, a byte each, the oldest in the lowest.
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

    pub(super) fn contains(mut self, event: Event) -> bool {
        std::iter::from_fn(|| self.pop()).any(|queued| queued == event)
    }
}

impl Event {
    /// Never zero: the kind in the highest two bits, with the lowest always set.
    fn code(self) -> u8 {
        let (kind, writer, number) = match self {
            Self::Fence(writer) => (0, writer, 0),
            Self::Lift(writer, generation) => (1, writer, generation),
            Self::Uploaded(fences) => (2, 0, fences),
            Self::Mature => (3, 0, 0),
        };
        assert!(writer < 2 && number < 16);
        kind << 6 | writer << 5 | number << 1 | 1
    }

    fn from_code(code: u8) -> Option<Self> {
        let (writer, number) = (code >> 5 & 1, code >> 1 & 15);
        match (code, code >> 6) {
            (0, _) => None,
            (_, 0) => Some(Self::Fence(writer)),
            (_, 1) => Some(Self::Lift(writer, number)),
            (_, 2) => Some(Self::Uploaded(number)),
            (_, _) => Some(Self::Mature),
        }
    }
}

#[test]
fn events_leave_in_the_order_in_which_they_came() {
    let events = [
        Event::Fence(0),
        Event::Fence(1),
        Event::Lift(0, 0),
        Event::Lift(1, 15),
        Event::Uploaded(0),
        Event::Uploaded(3),
        Event::Mature,
        Event::Fence(0),
    ];
    let mut queue = Queue::EMPTY;
    for event in events {
        queue.push(event);
    }
    assert!(events.iter().all(|&event| queue.contains(event)));
    assert!(!queue.contains(Event::Lift(1, 0)));
    assert_eq!(events.map(Some), events.map(|_| queue.pop()));
    assert!(queue == Queue::EMPTY && queue.pop().is_none());
}
