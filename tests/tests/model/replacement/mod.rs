//! A small model of a file of generations that is replaced while a writer is about to fence.
//!
//! A process finds the file damaged or deleted, and replaces it. It retires the old file. Then it reads the old fences,
//! whose writers may be committing, sets them in the new file in the name of the ghost, and moves to the new file. A
//! writer fences, and then looks whether its file is retired; it looks again before it lifts. If the file is retired,
//! the writer moves to the new file with its fences, and starts a new epoch. This order is [`Order::RaiseFirst`], which
//! is implemented. The other order is a mistake.

mod reader;
mod replacer;
mod state;
mod writer;

use self::reader::load;
use self::state::*;
use crate::search::{Model, explore};
use crate::step::{Actor, Numbers, Step};

/// The order of the two accesses on each side. Two processes each raise a flag and look at the other's flag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The writer looks whether its file is retired, and then fences. The other looks at the fences, and then retires
    /// the file.
    LookFirst,
    /// The writer fences, and then looks whether its file is retired. The other retires the file, and then looks at the
    /// fences.
    RaiseFirst,
}

struct Replacement {
    order: Order,
    /// Whether the writer may be killed. If not, another process loads without the cache.
    mortal: bool,
}

impl Model for Replacement {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        let file = File {
            epoch: 0,
            generation: 0,
            fenced: false,
        };
        State {
            version: 0,
            old: file,
            new: File { epoch: 1, ..file },
            retired: false,
            replacing: Replacing::First,
            ghost: false,
            writer: if self.order == Order::LookFirst {
                Writing::Look
            } else {
                Writing::Fence
            },
            moved: false,
            pending: false,
            floor: 0,
            load: Load {
                left: 2,
                at: Loading::Idle,
                floor: 0,
                rows: 0,
                stamp: (0, 0),
            },
            entry: None,
            others: u8::from(!self.mortal),
            broken: false,
        }
    }

    fn steps(&self, state: &State, out: &mut Vec<(Step, State)>) {
        self.replace(state, out);
        self.write(state, out);
        load(state, out);
    }

    fn broken(&self, state: &State, stuck: bool) -> Option<String> {
        let now = (state.new.epoch, state.new.generation);
        let valid = state
            .entry
            .filter(|&(_, stamp)| stamp == now && !state.new.fenced && !state.ghost);
        if state.broken {
            let (rows, floor) = (state.load.rows, state.load.floor);
            Some(format!(
                "R0 returns a{rows}, but a{floor} had been seen before it started"
            ))
        } else if stuck && valid.is_some_and(|(rows, _)| rows != state.version) {
            Some(format!(
                "at rest, an old entry is valid, and the database is at a{}",
                state.version
            ))
        } else {
            None
        }
    }
}

fn push(out: &mut Vec<(Step, State)>, actor: Actor, verb: &'static str, numbers: Numbers, next: State) {
    out.push((
        Step {
            actor,
            verb,
            table: None,
            numbers,
        },
        next,
    ));
}

/// Each side must raise its own flag before it looks at the other's.
#[test]
fn each_side_raises_its_flag_and_then_looks() {
    for (mortal, states) in [(false, 1795), (true, 1546)] {
        match explore(&Replacement {
            order: Order::RaiseFirst,
            mortal,
        }) {
            Ok(found) => assert_eq!(found, states),
            Err(counterexample) => panic!("{counterexample}"),
        }
    }
}

#[test]
fn looking_first_breaks() {
    breaks(false, 18, "R0 returns a0, but a1 had been seen before it started");
    breaks(true, 18, "at rest, an old entry is valid, and the database is at a1");
}

fn breaks(mortal: bool, steps: usize, end: &str) {
    let Err(counterexample) = explore(&Replacement {
        order: Order::LookFirst,
        mortal,
    }) else {
        panic!("harmless");
    };
    println!("LookFirst, where a file is replaced:\n{counterexample}\n");
    assert_eq!(
        (counterexample.steps.len(), &*counterexample.why),
        (steps, end),
        "{counterexample}"
    );
}
