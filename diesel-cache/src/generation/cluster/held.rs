//! The fences of this process, from the moment at which a write asks for one until the coordinator has lifted it.

use std::collections::{BTreeMap, HashMap};

use super::wire::{FenceId, MemberId, Record};
use crate::generation::clock::millis;
use crate::generation::{Begun, DatabaseSession, DoubtPolicy, Slot};

#[derive(Debug)]
pub(super) struct HeldFences {
    member: MemberId,
    /// The last number given.
    last: u64,
    fences: HashMap<u64, HeldFence>,
    /// How many of them are [`Begun`](FenceState::Begun).
    begun: usize,
    /// Slots that the coordinator has to move, each with the number of its last debt. However long the coordinator is
    /// out of reach, these are no more than there are slots.
    owed: BTreeMap<Slot, u64>,
    /// The number of the last debt.
    debts: u64,
    /// Whether a write has gone on although others may not know of its fence.
    pub(super) wrote_alone: bool,
}

#[derive(Debug)]
struct HeldFence {
    record: Record,
    state: FenceState,
}

#[derive(Debug)]
enum FenceState {
    /// A connection will lift it.
    Open,
    /// Its statement has begun: the database can be asked whether it is over.
    Begun { begun: Begun, ask_at: u64 },
    /// Its connection is gone. It stays until then, unless its session is known to be gone earlier.
    Abandoned { until: u64 },
    /// Its write is over. The coordinator is about to be told.
    Over,
}

impl HeldFences {
    pub(super) fn new(member: MemberId) -> Self {
        Self {
            member,
            last: 0,
            fences: HashMap::new(),
            begun: 0,
            owed: BTreeMap::new(),
            debts: 0,
            wrote_alone: false,
        }
    }

    pub(super) fn id(&self, number: u64) -> FenceId {
        FenceId {
            member: self.member,
            number,
        }
    }

    /// Adds a fence. Returns its number.
    ///
    /// That a member is gone does not mean that its process has died. So a fence has a grace even if the outcome dies with
    /// the process.
    pub(super) fn add(&mut self, slots: Box<[Slot]>, policy: DoubtPolicy, default_grace: u64) -> u64 {
        self.last += 1;
        let (grace, session) = match policy {
            DoubtPolicy::AtDeath => (default_grace, None),
            DoubtPolicy::Grace { grace, session } => (millis(grace), session.filter(|session| session.id != 0)),
        };
        let record = Record { grace, session, slots };
        let state = FenceState::Open;
        self.fences.insert(self.last, HeldFence { record, state });
        self.last
    }

    /// Adds slots to a fence.
    pub(super) fn extend(&mut self, number: u64, slots: &[Slot]) {
        if let Some(fence) = self.fences.get_mut(&number) {
            fence.record.slots = super::mirror::union(&fence.record.slots, slots);
        }
    }

    /// The number of the last fence.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Adds slots that the coordinator has to move.
    pub(super) fn owe(&mut self, slots: &[Slot]) {
        self.debts += 1;
        self.owed.extend(slots.iter().map(|slot| (*slot, self.debts)));
    }

    /// Returns the slots that the coordinator has to move, and what to call [`pay`](Self::pay) with when it has.
    pub(super) fn owed(&self) -> (Vec<Slot>, u64) {
        (self.owed.keys().copied().collect(), self.debts)
    }

    /// Forgets slots that have been moved, unless they have been owed again since. Two threads may have moved the same.
    pub(super) fn pay(&mut self, until: u64) {
        self.owed.retain(|_, debt| *debt > until);
    }

    /// Owes the slots of these writes, which are over, in place of their fences. A join lifts the fences that the
    /// coordinator may have.
    ///
    /// Only while this process is no member, and does not ask to be one: a request that is under way has told of the
    /// fences, and its answer counts on finding them here.
    pub(super) fn owe_over(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            if let Some(fence) = self.fences.remove(&number) {
                debug_assert!(matches!(fence.state, FenceState::Over));
                self.owe(&fence.record.slots);
            }
        }
    }

    /// Does this for all writes that are over.
    pub(super) fn owe_all_over(&mut self) {
        let over: Vec<u64> = self.over().map(|(number, _)| number).collect();
        self.owe_over(over);
    }

    pub(super) fn record(&self, number: u64) -> Option<&Record> {
        self.fences.get(&number).map(|fence| &fence.record)
    }

    /// Returns the fences whose writes may not be over.
    pub(super) fn open(&self) -> impl Iterator<Item = (FenceId, &Record)> {
        let open = self
            .fences
            .iter()
            .filter(|(_, it)| !matches!(it.state, FenceState::Over));
        open.map(|(number, it)| (self.id(*number), &it.record))
    }

    /// Returns the fences that the coordinator has not lifted, as far as this process knows.
    pub(super) fn all(&self) -> impl Iterator<Item = (FenceId, &Record)> {
        self.fences.iter().map(|(number, it)| (self.id(*number), &it.record))
    }

    /// Returns the fences of which the coordinator has to be told that their writes are over.
    pub(super) fn over(&self) -> impl Iterator<Item = (u64, &[Slot])> {
        let over = self
            .fences
            .iter()
            .filter(|(_, it)| matches!(it.state, FenceState::Over));
        over.map(|(number, it)| (*number, &*it.record.slots))
    }

    /// Returns how many writes that are over, and slots of earlier ones, the coordinator has yet to be told of.
    pub(super) fn arrears(&self) -> usize {
        self.over().count() + self.owed.len()
    }

    /// Returns `true` if the coordinator has lifted all fences of this process, and owes it nothing.
    pub(super) fn is_settled(&self) -> bool {
        self.fences.is_empty() && self.owed.is_empty()
    }

    /// Forgets fences that the coordinator has lifted.
    pub(super) fn forget(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.change(number, FenceState::Over);
            self.fences.remove(&number);
        }
    }

    /// Ends a fence. Returns `true` if it had not ended.
    pub(super) fn end(&mut self, number: u64) -> bool {
        self.change(number, FenceState::Over)
    }

    pub(super) fn begin(&mut self, number: u64, begun: Begun) {
        self.change(number, FenceState::Begun { begun, ask_at: 0 });
    }

    /// Starts the grace of a fence whose connection is gone.
    pub(super) fn abandon(&mut self, number: u64, now: u64) {
        if let Some(grace) = self.fences.get(&number).map(|fence| fence.record.grace) {
            let until = now.saturating_add(grace);
            self.change(number, FenceState::Abandoned { until });
        }
    }

    /// Changes the state of a fence that has not ended. Returns `true` if there was one.
    fn change(&mut self, number: u64, state: FenceState) -> bool {
        let Some(fence) = self.fences.get_mut(&number) else {
            return false;
        };
        if matches!(fence.state, FenceState::Over) {
            return false;
        }
        let (was_begun, is_begun) = (fence.state.is_begun(), state.is_begun());
        fence.state = state;
        self.begun = self.begun + usize::from(is_begun) - usize::from(was_begun);
        true
    }

    pub(super) fn begun_count(&self) -> usize {
        self.begun
    }

    /// Returns the fences that this database should be asked about now, and makes them due again at `next`.
    pub(super) fn begun_to_ask(&mut self, database: &str, now: u64, next: u64) -> Vec<(u64, Begun)> {
        let mut due = Vec::new();
        for (number, fence) in &mut self.fences {
            if let FenceState::Begun { begun, ask_at } = &mut fence.state
                && *ask_at <= now
                && *begun.database == *database
            {
                *ask_at = next;
                due.push((*number, begun.clone()));
            }
        }
        due.sort_unstable_by_key(|(number, _)| *number);
        due
    }

    /// Returns the sessions whose end would settle abandoned fences.
    pub(super) fn abandoned_sessions(&self) -> Vec<(u64, DatabaseSession)> {
        let abandoned = self.fences.iter().filter(|(_, it)| it.is_abandoned());
        abandoned
            .filter_map(|(number, it)| Some((*number, it.record.session?)))
            .collect()
    }

    /// Ends the abandoned fences whose grace is over. Returns `true` if there were any.
    pub(super) fn sweep(&mut self, now: u64) -> bool {
        let mut any = false;
        for fence in self.fences.values_mut() {
            if matches!(fence.state, FenceState::Abandoned { until } if until <= now) {
                fence.state = FenceState::Over;
                any = true;
            }
        }
        any
    }

    pub(super) fn is_abandoned(&self, number: u64) -> bool {
        self.fences.get(&number).is_some_and(HeldFence::is_abandoned)
    }
}

impl FenceState {
    fn is_begun(&self) -> bool {
        matches!(self, Self::Begun { .. })
    }
}

impl HeldFence {
    fn is_abandoned(&self) -> bool {
        matches!(self.state, FenceState::Abandoned { .. })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn slots<const N: usize>(indices: [u32; N]) -> Vec<Slot> {
        indices.map(|index| Slot::from_index(index).unwrap()).to_vec()
    }

    #[test]
    fn a_debt_that_two_threads_pay_is_paid_once() {
        let mut held = HeldFences::new(MemberId(1));
        held.owe(&slots([1, 2]));
        let (owed, until) = held.owed();
        assert_eq!(owed, slots([1, 2]));
        held.owe(&slots([3]));
        held.pay(until);
        held.owe(&slots([1]));
        held.pay(until);
        assert_eq!(held.owed().0, slots([1, 3]), "what was owed later is still owed");
        held.pay(held.owed().1);
        held.pay(until);
        assert_eq!(held.owed().0, []);
    }

    #[test]
    fn writes_without_a_coordinator_leave_no_more_than_their_slots() {
        let mut held = HeldFences::new(MemberId(1));
        for _ in 0..1000 {
            let number = held.add(slots([1, 2]).into(), DoubtPolicy::AtDeath, 0);
            assert!(held.end(number) && !held.end(number));
            held.owe_over([number]);
        }
        let open = held.add(slots([3]).into(), DoubtPolicy::AtDeath, 0);
        held.owe_all_over();
        assert_eq!((held.fences.len(), held.owed().0), (1, slots([1, 2])));
        assert!(held.record(open).is_some(), "its write is not over");
    }

    #[test]
    fn fences_that_have_begun_are_counted() {
        let begun = || Begun {
            database: "".into(),
            session: None,
            locked: [].into(),
        };
        let mut held = HeldFences::new(MemberId(1));
        let [one, two, three] = [(); 3].map(|()| held.add(slots([1]).into(), DoubtPolicy::AtDeath, 0));
        for number in [one, two, three, one] {
            held.begin(number, begun());
        }
        assert_eq!(held.begun_count(), 3);
        held.end(one);
        held.begin(one, begun());
        held.abandon(two, 0);
        held.forget([three, three]);
        assert_eq!(held.begun_count(), 0);
    }
}
