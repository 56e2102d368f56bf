//! One slot: a generation and the fences on it. The whole protocol relies on the order of the steps in this file.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::layout::SLOT_WORDS;

/// The operations of a slot's word. [`AtomicU64`] is the only implementation outside of tests.
pub(super) trait Word {
    fn load(&self) -> u64;
    /// Returns the sum.
    fn add_one(&self) -> u64;
    fn set(&self, bits: u64);
    fn clear(&self, bits: u64);
}

// Sequentially consistent throughout. For hits, acquire and release would suffice, because the database itself orders a
// commit before any query that sees it. The registry of shapes needs one total order: a reader lists a shape and then
// looks at the fence, and a writer sets the fence and then reads the list. Without that order, both could miss what the
// other has written. The same goes for a file that is replaced: a writer fences and then looks whether the file is
// retired, and the replacer retires it and then looks at its fences. Loads cost the same on x86-64 and nearly the same
// on ARM.
impl Word for AtomicU64 {
    #[inline]
    fn load(&self) -> u64 {
        self.load(SeqCst)
    }

    #[inline]
    fn add_one(&self) -> u64 {
        self.fetch_add(1, SeqCst).wrapping_add(1)
    }

    #[inline]
    fn set(&self, bits: u64) {
        self.fetch_or(bits, SeqCst);
    }

    #[inline]
    fn clear(&self, bits: u64) {
        self.fetch_and(!bits, SeqCst);
    }
}

type Line<W> = [W; SLOT_WORDS];

/// Fences the slot for a writer. Idempotent.
#[inline]
pub(super) fn fence<W: Word>(line: &Line<W>, writer: usize) {
    line[1 + writer / 64].set(1 << (writer % 64));
}

/// Moves the generation, which invalidates every entry that was stamped before. Returns the new generation, which no
/// other call has returned.
#[inline]
pub(super) fn bump<W: Word>(line: &Line<W>) -> u64 {
    line[0].add_one()
}

/// Removes the writer's fence. The slot must have been [`bump`]ed before, unless nothing has changed. Idempotent.
#[inline]
pub(super) fn unfence<W: Word>(line: &Line<W>, writer: usize) {
    line[1 + writer / 64].clear(1 << (writer % 64));
}

#[inline]
pub(super) fn is_fenced_by<W: Word>(line: &Line<W>, writer: usize) -> bool {
    line[1 + writer / 64].load() & (1 << (writer % 64)) != 0
}

/// Returns the generation, unless the slot is fenced.
///
/// Loads the fences first and the generation second. The other way round, a lift (generation, then fence) that runs
/// between the two loads would show the old generation without a fence. An old entry would then be served after other
/// loads have returned newer rows.
#[inline]
pub(super) fn read<W: Word>(line: &Line<W>) -> Option<u64> {
    let [generation, fences @ ..] = line;
    let mut any = 0;
    for word in fences {
        any |= word.load();
    }
    (any == 0).then(|| generation.load())
}

/// Returns the writers that fence the slot.
pub(super) fn writers<W: Word>(line: &Line<W>) -> impl Iterator<Item = usize> {
    line[1..].iter().enumerate().flat_map(|(at, word)| {
        let mut bits = word.load();
        std::iter::from_fn(move || {
            let bit = bits.trailing_zeros() as usize;
            bits &= bits.wrapping_sub(1);
            (bit < 64).then_some(at * 64 + bit)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use super::*;

    #[test]
    fn fences_are_idempotent_and_apart() {
        let line: Line<AtomicU64> = Default::default();
        assert_eq!(read(&line), Some(0));
        for writer in [0, 63, 64, 447] {
            fence(&line, writer);
            fence(&line, writer);
        }
        assert_eq!(writers(&line).collect::<Vec<_>>(), [0, 63, 64, 447]);
        assert_eq!(read(&line), None);
        bump(&line);
        for writer in [0, 63, 64, 447] {
            assert!(is_fenced_by(&line, writer));
            unfence(&line, writer);
            unfence(&line, writer);
        }
        assert_eq!(read(&line), Some(1));
    }

    /// A word that runs the schedule's steps before each load. This yields every interleaving of a reader's loads with
    /// writers' steps.
    #[derive(Clone)]
    struct Scheduled {
        value: Rc<Cell<u64>>,
        before_load: Rc<RefCell<Box<dyn FnMut()>>>,
    }

    impl Word for Scheduled {
        fn load(&self) -> u64 {
            (self.before_load.borrow_mut())();
            self.value.get()
        }

        fn add_one(&self) -> u64 {
            self.value.set(self.value.get() + 1);
            self.value.get()
        }

        fn set(&self, bits: u64) {
            self.value.set(self.value.get() | bits);
        }

        fn clear(&self, bits: u64) {
            self.value.set(self.value.get() & !bits);
        }
    }

    /// A step of a writer, or of another load, which reads the database and returns the version `seen`. Versions are
    /// counted from 0.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Fence(usize),
        Commit,
        OtherLoadReturns,
        Bump,
        Unfence(usize),
        Returned,
    }

    /// Runs a hit's check of the entry (version 0, generation 0) under the schedule. The floor is the version that had
    /// been seen when the check started. Returns `true` unless an old entry passes.
    fn hit(read: fn(&Line<Scheduled>) -> Option<u64>, steps: &[Step], before: &[usize]) -> bool {
        let schedule = Rc::new(RefCell::new(Box::new(|| {}) as Box<dyn FnMut()>));
        let line: Line<Scheduled> = std::array::from_fn(|_| Scheduled {
            value: Rc::default(),
            before_load: Rc::clone(&schedule),
        });
        let seen = Rc::new(Cell::new(0));
        let run = {
            let (line, seen, steps) = (line.clone(), Rc::clone(&seen), steps.to_vec());
            let committed = Cell::new(0);
            move |at: usize| match steps[at] {
                Step::Fence(writer) => fence(&line, writer),
                Step::Commit => committed.set(committed.get() + 1),
                Step::OtherLoadReturns | Step::Returned => seen.set(committed.get()),
                Step::Bump => {
                    bump(&line);
                }
                Step::Unfence(writer) => unfence(&line, writer),
            }
        };
        let (mut next, mut load) = (0, 1);
        let before = before.to_vec();
        // Steps at 0 run before the load starts.
        while before.get(next) == Some(&0) {
            run(next);
            next += 1;
        }
        let floor = seen.get();
        *schedule.borrow_mut() = Box::new(move || {
            while before.get(next) == Some(&load) {
                run(next);
                next += 1;
            }
            load += 1;
        });
        let passes = read(&line) == Some(0);
        *schedule.borrow_mut() = Box::new(|| {});
        !(passes && floor > 0)
    }

    /// Runs all non-decreasing assignments of steps to the points before the reader's loads, and after the last.
    /// Returns their number, or the first that lets an old entry pass.
    fn every_schedule(read: fn(&Line<Scheduled>) -> Option<u64>, steps: &[Step]) -> Result<usize, Vec<usize>> {
        let mut before = vec![0; steps.len()];
        let mut count = 0;
        loop {
            count += 1;
            if !hit(read, steps, &before) {
                return Err(before);
            }
            let Some(at) = before.iter().rposition(|&point| point <= SLOT_WORDS) else {
                return Ok(count);
            };
            let point = before[at] + 1;
            before[at..].fill(point);
        }
    }

    /// Reads a slot in the order that `read` avoids.
    fn generation_first(line: &Line<Scheduled>) -> Option<u64> {
        let generation = line[0].load();
        let fenced = line[1..].iter().fold(0, |any, word| any | word.load());
        (fenced == 0).then_some(generation)
    }

    const ONE: [Step; 6] = [
        Step::Fence(3),
        Step::Commit,
        Step::OtherLoadReturns,
        Step::Bump,
        Step::Unfence(3),
        Step::Returned,
    ];
    /// Two writers. The second's fence begins within the first's and ends after it.
    const TWO: [Step; 9] = [
        Step::Fence(3),
        Step::Commit,
        Step::OtherLoadReturns,
        Step::Fence(447),
        Step::Bump,
        Step::Unfence(3),
        Step::Commit,
        Step::Bump,
        Step::Unfence(447),
    ];

    #[test]
    #[cfg_attr(miri, ignore)] // one thread, and a hundred thousand schedules
    fn no_interleaving_lets_an_old_entry_pass() {
        assert_eq!(every_schedule(read, &ONE), Ok(5005));
        assert_eq!(every_schedule(read, &TWO), Ok(48_620));
    }

    #[test]
    #[cfg_attr(miri, ignore)] // one thread, and a hundred thousand schedules
    fn each_safeguard_is_needed() {
        assert!(every_schedule(generation_first, &ONE).is_err());
        let fence_lifted_first = [
            Step::Fence(3),
            Step::Commit,
            Step::OtherLoadReturns,
            Step::Unfence(3),
            Step::Bump,
            Step::Returned,
        ];
        assert!(every_schedule(read, &fence_lifted_first).is_err());
        let no_fence = [Step::Commit, Step::OtherLoadReturns, Step::Bump, Step::Returned];
        assert!(every_schedule(read, &no_fence).is_err());
    }
}
