//! A breadth-first search of everything that can happen, which returns the shortest way to a broken promise.

use std::collections::{HashSet, VecDeque};
use std::fmt::{self, Display};
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A system of processes that take one atomic step at a time, in any order.
pub(crate) trait Model {
    type State: Copy + Eq + Hash;
    type Step: Copy + Display;

    fn start(&self) -> Self::State;

    /// Collects every step that is possible now, always in the same order.
    fn steps(&self, state: &Self::State, out: &mut Vec<(Self::Step, Self::State)>);

    /// Returns what is wrong with this state, if anything. `stuck` is `true` if no step is possible any more.
    fn broken(&self, state: &Self::State, stuck: bool) -> Option<String>;

    /// Returns the representative of all states that differ only in names.
    fn canonical(&self, state: Self::State) -> Self::State {
        state
    }
}

/// The shortest way to a broken promise.
pub(crate) struct Counterexample {
    pub(crate) steps: Vec<String>,
    pub(crate) why: String,
}

impl Display for Counterexample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(out, "  {:2}  {step}", number + 1)?;
        }
        write!(out, "      => {}", self.why)
    }
}

/// Visits every reachable state. Returns their number if the promise holds in all of them.
pub(crate) fn explore<M: Model>(model: &M) -> Result<usize, Counterexample> {
    let start = model.start();
    let mut seen = HashSet::<M::State, BuildHasherDefault<Fast>>::default();
    let mut parents = vec![Parent { index: 0, choice: 0 }];
    let mut queue = VecDeque::from([(0, start)]);
    seen.insert(model.canonical(start));
    let mut next = Vec::new();
    while let Some((index, state)) = queue.pop_front() {
        next.clear();
        model.steps(&state, &mut next);
        if let Some(why) = model.broken(&state, next.is_empty()) {
            let steps = retrace(model, &parents, index);
            return Err(Counterexample { steps, why });
        }
        for (choice, (_, state)) in next.iter().enumerate() {
            if seen.insert(model.canonical(*state)) {
                queue.push_back((parents.len(), *state));
                parents.push(Parent {
                    index: u32::try_from(index).expect("fewer than 2^32 states"),
                    choice: u8::try_from(choice).expect("few choices"),
                });
            }
        }
    }
    Ok(parents.len())
}

/// The state from which a state was first reached, and the index of the step among those possible there.
struct Parent {
    index: u32,
    choice: u8,
}

fn retrace<M: Model>(model: &M, parents: &[Parent], mut index: usize) -> Vec<String> {
    let mut choices = Vec::new();
    while index != 0 {
        choices.push(parents[index].choice);
        index = parents[index].index as usize;
    }
    let mut state = model.start();
    let take = |choice: &u8| {
        let mut next = Vec::new();
        model.steps(&state, &mut next);
        let (step, after) = next[usize::from(*choice)];
        state = after;
        step.to_string()
    };
    choices.iter().rev().map(take).collect()
}

/// A fast hasher. The standard one withstands hostile keys, and would take most of the search's time.
#[derive(Default)]
struct Fast(u64);

impl Fast {
    #[inline]
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Fast {
    fn write(&mut self, bytes: &[u8]) {
        match *bytes {
            [one, other] => self.add(u64::from(one) << 8 | u64::from(other)),
            _ => bytes.iter().for_each(|&byte| self.add(byte.into())),
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_u128(&mut self, number: u128) {
        self.add(number as u64);
        self.add((number >> 64) as u64);
    }

    fn write_usize(&mut self, _: usize) {} // the lengths of arrays

    fn write_isize(&mut self, number: isize) {
        self.add(number as u64); // which variant of an enum
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
