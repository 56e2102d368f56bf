//! Row precision: every interleaving of a writer, a reader that stamps by rows, and a caller that looks at the
//! database.
//!
//! A writer fences the whole table, reads which shapes are in use, fences the rows that it may change, commits, moves
//! the slots of all these, and lifts the fences. A reader announces its shape, and looks whether the whole table is
//! fenced. If it is, the reader stamps by the whole table, otherwise by rows. Then it queries, and stores its rows
//! unless a slot has moved. Later it loads again, and may hit. A hit must not return rows older than what anybody has
//! seen before it began.
//!
//! The order of loads within one slot is the subject of `generation/local/line.rs`.

use std::collections::HashSet;

/// The slots of a table of which two shapes are in use.
const WHOLE: usize = 0;
const ID_1: usize = 1;
const ID_2: usize = 2;
const ID_UNKNOWN: usize = 3;
const ID_INSERTED: usize = 4;
const TEAM_A: usize = 5;
const TEAM_UNKNOWN: usize = 6;
const TEAM_INSERTED: usize = 7;
const SLOTS: usize = 8;

/// A safeguard that is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mutation {
    /// The reader stamps by rows even if the whole table is fenced.
    NoLook,
    /// The reader announces its shape only after it has looked at the whole table.
    LookFirst,
    /// The writer reads which shapes are in use before it has fenced the whole table.
    ReadFirst,
    /// A writer that does not know a shape in use moves nothing for it.
    UnknownShape,
    /// The reader of an absent row does not depend on new rows.
    NoInserted,
    /// The writer moves nothing for the rows as they are after the write.
    NoAfter,
    /// The writer moves nothing for rows of unknown values.
    NoUnknown,
}

/// A query and a write, by their slots.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    /// The slots on which the query depends, by rows.
    reads: &'static [usize],
    /// The slots that the write moves if the writer knows the shapes: for the rows before and after the write.
    before: &'static [usize],
    after: &'static [usize],
    /// Whether the writer knows the shapes.
    knows: bool,
    /// Whether the write changes the rows of the query.
    changes: bool,
}

const BY_ID_1: &[usize] = &[ID_1, ID_UNKNOWN];
const BY_ABSENT_ID_2: &[usize] = &[ID_2, ID_UNKNOWN, ID_INSERTED];
const BY_TEAM: &[usize] = &[TEAM_A, TEAM_UNKNOWN, TEAM_INSERTED];

const fn scenario(
    reads: &'static [usize],
    before: &'static [usize],
    after: &'static [usize],
    changes: bool,
) -> Scenario {
    Scenario {
        reads,
        before,
        after,
        knows: true,
        changes,
    }
}

const SCENARIOS: &[Scenario] = &[
    // UPDATE … WHERE id = 1: the text does not show the row's team.
    scenario(BY_ID_1, &[ID_1, TEAM_UNKNOWN], &[ID_1, TEAM_UNKNOWN], true),
    scenario(BY_TEAM, &[ID_1, TEAM_UNKNOWN], &[ID_1, TEAM_UNKNOWN], true),
    scenario(BY_ABSENT_ID_2, &[ID_1, TEAM_UNKNOWN], &[ID_1, TEAM_UNKNOWN], false),
    // UPDATE … SET id = 2 WHERE id = 1
    scenario(BY_ABSENT_ID_2, &[ID_1, TEAM_UNKNOWN], &[ID_2, TEAM_UNKNOWN], true),
    scenario(BY_ID_1, &[ID_1, TEAM_UNKNOWN], &[ID_2, TEAM_UNKNOWN], true),
    // INSERT … (team) VALUES ('A'), with a generated id.
    scenario(BY_ABSENT_ID_2, &[], &[ID_INSERTED, TEAM_A], true),
    scenario(BY_TEAM, &[], &[ID_INSERTED, TEAM_A], true),
    scenario(BY_ID_1, &[], &[ID_INSERTED, TEAM_A], false),
];

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct World {
    generation: [u8; SLOTS],
    fenced: [bool; SLOTS],
    listed: bool,
    committed: bool,
    /// Whether anybody has seen the new rows.
    seen: bool,
    writer: Writer,
    reader: Reader,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Writer {
    step: u8,
    /// Whether it has seen the reader's shape.
    sees: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Reader {
    step: u8,
    by_rows: bool,
    /// The generations of its slots, while it has a stamp.
    stamp: Option<[u8; SLOTS]>,
    /// Whether the rows that it has are the new ones.
    new: bool,
    stored: bool,
}

/// The number of steps of a writer. Its first two have two orders.
const WRITER_DONE: u8 = 6;
const READER_DONE: u8 = 7;

struct Model {
    scenario: Scenario,
    mutation: Option<Mutation>,
}

impl Model {
    fn is(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Returns the slots of rows that the writer fences and moves.
    fn rows(&self, sees: bool) -> Vec<usize> {
        if !sees {
            return Vec::new();
        }
        if !self.scenario.knows {
            return match self.is(Mutation::UnknownShape) {
                true => Vec::new(),
                false => vec![ID_UNKNOWN, TEAM_UNKNOWN],
            };
        }
        let after = self.scenario.after.iter().filter(|_| !self.is(Mutation::NoAfter));
        let all = self.scenario.before.iter().chain(after).copied();
        let unknown = [ID_UNKNOWN, TEAM_UNKNOWN];
        all.filter(|slot| !self.is(Mutation::NoUnknown) || !unknown.contains(slot))
            .collect()
    }

    fn reads(&self, by_rows: bool) -> Vec<usize> {
        if !by_rows {
            return vec![WHOLE];
        }
        let inserted = [ID_INSERTED, TEAM_INSERTED];
        let reads = self.scenario.reads.iter().copied();
        reads
            .filter(|slot| !self.is(Mutation::NoInserted) || !inserted.contains(slot))
            .collect()
    }

    fn write(&self, mut world: World) -> World {
        let fence_whole = if self.is(Mutation::ReadFirst) { 1 } else { 0 };
        match world.writer.step {
            step @ (0 | 1) if step == fence_whole => world.fenced[WHOLE] = true,
            0 | 1 => world.writer.sees = world.listed,
            2 => self
                .rows(world.writer.sees)
                .into_iter()
                .for_each(|slot| world.fenced[slot] = true),
            3 => world.committed = true,
            4 => {
                for slot in self.rows(world.writer.sees).into_iter().chain([WHOLE]) {
                    world.generation[slot] = 1;
                }
            }
            _ => {
                world.fenced = [false; SLOTS];
                // The write returns: its caller knows.
                world.seen = true;
            }
        }
        world.writer.step += 1;
        world
    }

    /// Returns the next state; `None` if a hit returns what is too old.
    fn read(&self, mut world: World) -> Option<World> {
        let (announce, look) = if self.is(Mutation::LookFirst) { (1, 0) } else { (0, 1) };
        let stamp = |world: &World, by_rows: bool| {
            let free = self.reads(by_rows).iter().all(|slot| !world.fenced[*slot]);
            free.then_some(world.generation)
        };
        let is_valid = |world: &World| {
            let reader = world.reader;
            let slots = self.reads(reader.by_rows);
            reader.stamp.is_some_and(|stamp| {
                slots
                    .iter()
                    .all(|&slot| !world.fenced[slot] && world.generation[slot] == stamp[slot])
            })
        };
        match world.reader.step {
            step @ (0 | 1) if step == announce => world.listed = true,
            step @ (0 | 1) if step == look => {
                world.reader.by_rows = !world.fenced[WHOLE] || self.is(Mutation::NoLook);
            }
            2 => world.reader.stamp = stamp(&world, world.reader.by_rows),
            3 => world.reader.new = world.committed,
            4 => {
                world.seen |= world.reader.new;
                world.reader.stored = is_valid(&world);
            }
            // Two more loads of the same query.
            _ => {
                let returns_old = world.reader.stored && is_valid(&world) && !world.reader.new;
                if returns_old && world.seen && self.scenario.changes {
                    return None;
                }
            }
        }
        world.reader.step += 1;
        Some(world)
    }

    /// Explores every interleaving. Returns the number of states; `None` if one of them is wrong.
    fn explore(&self) -> Option<usize> {
        let mut known = HashSet::new();
        let mut next = vec![World::default()];
        while let Some(world) = next.pop() {
            if !known.insert(world) {
                continue;
            }
            if world.writer.step < WRITER_DONE {
                next.push(self.write(world));
            }
            if world.reader.step < READER_DONE {
                next.push(self.read(world)?);
            }
            // Somebody queries the database without a cache.
            let seen = world.seen | world.committed;
            next.push(World { seen, ..world });
        }
        Some(known.len())
    }
}

fn scenarios() -> impl Iterator<Item = Scenario> {
    let known = SCENARIOS.iter().copied();
    known.flat_map(|scenario| {
        [
            scenario,
            Scenario {
                knows: false,
                ..scenario
            },
        ]
    })
}

#[test]
fn no_hit_is_older_than_what_was_seen() {
    for scenario in scenarios() {
        let model = Model {
            scenario,
            mutation: None,
        };
        let states = model.explore();
        assert!(states.is_some_and(|states| states > 100), "{scenario:?}: {states:?}");
    }
}

#[test]
fn each_safeguard_is_needed() {
    for mutation in [
        Mutation::NoLook,
        Mutation::LookFirst,
        Mutation::ReadFirst,
        Mutation::UnknownShape,
        Mutation::NoInserted,
        Mutation::NoAfter,
        Mutation::NoUnknown,
    ] {
        let breaks = |scenario| {
            let mutation = Some(mutation);
            Model { scenario, mutation }.explore().is_none()
        };
        assert!(scenarios().any(breaks), "{mutation:?} breaks nothing");
    }
}

/// An entry of other rows outlives the write, and hits while it is under way: no slot of it is fenced or moved.
#[test]
fn a_write_leaves_other_rows_alone() {
    for scenario in scenarios().filter(|scenario| scenario.knows && !scenario.changes) {
        let model = Model {
            scenario,
            mutation: None,
        };
        let moved = model.rows(true);
        assert!(
            model.reads(true).iter().all(|slot| !moved.contains(slot)),
            "{scenario:?}"
        );
    }
}
