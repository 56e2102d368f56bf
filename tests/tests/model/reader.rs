//! A load: entry, check, hit; or flight, stamp, query, check, store.
//!
//! Two steps of the implementation are merged into their neighbours, which makes the promise only harder to keep. A
//! load starts with its first look at an entry: if it started earlier, older rows would be allowed. It returns with its
//! last look at anything shared: if it returned later, other loads could show older rows for longer.

use super::mutation::Mutation;
use super::protocol::{Query, Steps, World};
use super::state::{A, Aim, DISK, Entry, Load, Loading, NONE, State, after, first, newest, only};
use super::step::Actor;

pub(crate) fn steps(world: &World, state: &State, at: usize, out: &mut Steps<'_>) {
    let me = state.loads[at];
    let reader = world.readers[at];
    let Some(&query) = reader.loads.get(usize::from(me.number)) else {
        return;
    };
    let one = One {
        world,
        at,
        query,
        memory: reader.memory,
    };
    let actor = Actor::Reader(at);
    let mut next = *state;
    match me.at {
        Loading::Idle if query.in_transaction => one.snapshot(state, out),
        Loading::Idle => {
            next.loads[at].floor = only(query.tables, state.floor);
            let place = reader.memory.unwrap_or(DISK);
            let aim = if place == DISK { Aim::Disk } else { Aim::Memory };
            one.look(
                next,
                place,
                aim,
                ["starts, and finds", "starts, and finds nothing"],
                out,
            );
        }
        Loading::LookOnDisk => one.look(next, DISK, Aim::Disk, ["finds on disk", "finds nothing on disk"], out),
        Loading::Fences(aim) => one.fences(state, aim, out),
        Loading::Generation(aim) => one.generation(state, aim, out),
        Loading::Enter => {
            let is_free = state.leader == NONE;
            if is_free {
                next.leader = at as u8;
            }
            // Another flight may have ended since this load looked.
            next.loads[at].at = if is_free { Loading::LookOnDisk } else { Loading::Wait };
            out.add(actor, if is_free { "leads" } else { "waits" }, next);
        }
        Loading::Wait => {
            one.check(&mut next, Aim::Stamp);
            out.add(actor, "has waited long enough", next);
        }
        Loading::Query => one.query(state, out),
        Loading::Bypass => {
            let rows = only(query.tables, state.database);
            next.loads[at].rows = rows;
            one.give(&mut next);
            out.rows(actor, "queries without storing, and returns", query.tables, rows, next);
        }
        Loading::Store => {
            next.entries[reader.memory.unwrap_or(DISK)][query.key()] = entry_of(me);
            match reader.memory {
                Some(_) => next.loads[at].at = Loading::StoreOnDisk,
                None => one.give(&mut next),
            }
            out.rows(actor, "stores", query.tables, me.rows, next);
        }
        Loading::StoreOnDisk => {
            next.entries[DISK][query.key()] = entry_of(me);
            one.give(&mut next);
            out.rows(actor, "stores on disk", query.tables, me.rows, next);
        }
        Loading::Promote => {
            next.entries[reader.memory.unwrap_or(DISK)][query.key()] = entry_of(me);
            one.give(&mut next);
            out.rows(actor, "keeps in memory, and returns", query.tables, me.rows, next);
        }
    }
}

fn entry_of(me: Load) -> Entry {
    Entry {
        present: true,
        rows: me.rows,
        stamp: me.stamp,
    }
}

/// One load of one reader.
struct One<'a> {
    world: &'a World,
    at: usize,
    query: Query,
    memory: Option<usize>,
}

impl One<'_> {
    fn actor(&self) -> Actor {
        Actor::Reader(self.at)
    }

    /// Takes the entry of a place, if there is one.
    fn look(&self, mut next: State, place: usize, aim: Aim, [found, nothing]: [&'static str; 2], out: &mut Steps<'_>) {
        let entry = next.entries[place][self.query.key()];
        if entry.present {
            next.loads[self.at].rows = entry.rows;
            next.loads[self.at].stamp = entry.stamp;
            self.check(&mut next, aim);
            out.rows(self.actor(), found, self.query.tables, entry.rows, next);
        } else {
            self.refused(&mut next, aim);
            out.add(self.actor(), nothing, next);
        }
    }

    /// Begins a check, or a stamp.
    fn check(&self, next: &mut State, aim: Aim) {
        let me = &mut next.loads[self.at];
        if aim == Aim::Stamp {
            me.stamp = [0; 2];
        }
        me.table = first(self.stamped());
        me.at = self.opening(aim);
    }

    fn opening(&self, aim: Aim) -> Loading {
        match self.world.mutation {
            Mutation::GenerationFirst => Loading::Generation(aim),
            _ => Loading::Fences(aim),
        }
    }

    /// The tables in the stamp.
    fn stamped(&self) -> u8 {
        match self.world.mutation {
            Mutation::StampForgetsTable => self.query.tables & A,
            _ => self.query.tables,
        }
    }

    fn fences(&self, state: &State, aim: Aim, out: &mut Steps<'_>) {
        let me = state.loads[self.at];
        let mut next = *state;
        let ignored = match self.world.mutation {
            Mutation::HitIgnoresFences => !matches!(aim, Aim::Stamp | Aim::Store),
            Mutation::StampIgnoresFences | Mutation::StoreUncheckedStampIgnoresFences => aim == Aim::Stamp,
            _ => false,
        };
        let is_fenced = state.fences[usize::from(me.table)] != 0;
        if is_fenced && !ignored {
            self.refused(&mut next, aim);
        } else if self.world.mutation == Mutation::GenerationFirst {
            self.go_on(&mut next, aim);
        } else {
            next.loads[self.at].at = Loading::Generation(aim);
        }
        let verb = if is_fenced {
            "finds a fence on"
        } else {
            "finds no fence on"
        };
        out.at(self.actor(), verb, me.table, next);
    }

    fn generation(&self, state: &State, aim: Aim, out: &mut Steps<'_>) {
        let me = state.loads[self.at];
        let generation = state.generation[usize::from(me.table)];
        let mut next = *state;
        if aim == Aim::Stamp {
            next.loads[self.at].stamp[usize::from(me.table)] = generation;
        }
        let verb = if next.loads[self.at].stamp[usize::from(me.table)] != generation {
            self.refused(&mut next, aim);
            "finds a newer generation of"
        } else {
            match self.world.mutation {
                Mutation::GenerationFirst => next.loads[self.at].at = Loading::Fences(aim),
                _ => self.go_on(&mut next, aim),
            }
            if aim == Aim::Stamp {
                "stamps the generation of"
            } else {
                "finds the stamp's generation of"
            }
        };
        out.number(self.actor(), verb, me.table, generation, next);
    }

    /// Goes on to the next table of the stamp, or to what follows a successful check.
    fn go_on(&self, next: &mut State, aim: Aim) {
        let me = &mut next.loads[self.at];
        if let Some(table) = after(self.stamped(), me.table) {
            me.table = table;
            me.at = self.opening(aim);
            return;
        }
        me.table = 0;
        match aim {
            Aim::Disk if self.memory.is_some() => me.at = Loading::Promote,
            Aim::Memory | Aim::Disk | Aim::Leader => self.give(next),
            Aim::Stamp if self.query.in_transaction || self.world.mutation == Mutation::StampAfterQuery => {
                me.at = Loading::Store;
            }
            Aim::Stamp => me.at = Loading::Query,
            Aim::Store => me.at = Loading::Store,
        }
    }

    /// Goes on if there is no entry, if it is not valid, or if a fence is in the way of the stamp.
    fn refused(&self, next: &mut State, aim: Aim) {
        let me = &mut next.loads[self.at];
        me.table = 0;
        match aim {
            Aim::Store => return self.give(next),
            Aim::Stamp if self.query.in_transaction || self.world.mutation == Mutation::StampAfterQuery => {
                return self.give(next);
            }
            _ => (me.rows, me.stamp) = ([0; 2], [0; 2]),
        }
        match aim {
            Aim::Memory => me.at = Loading::LookOnDisk,
            Aim::Stamp => {
                me.at = Loading::Bypass;
                self.fail(next);
            }
            Aim::Disk | Aim::Leader if self.world.single_flight && next.leader != self.at as u8 => {
                me.at = Loading::Enter
            }
            _ if self.world.mutation == Mutation::StampAfterQuery => me.at = Loading::Query,
            _ => self.check(next, Aim::Stamp),
        }
    }

    fn query(&self, state: &State, out: &mut Steps<'_>) {
        let mut next = *state;
        let rows = only(self.query.tables, state.database);
        next.loads[self.at].rows = rows;
        match self.world.mutation {
            Mutation::StampAfterQuery => self.check(&mut next, Aim::Stamp),
            Mutation::StoreUnchecked | Mutation::StoreUncheckedStampIgnoresFences => {
                next.loads[self.at].at = Loading::Store;
            }
            _ => self.check(&mut next, Aim::Store),
        }
        out.rows(self.actor(), "queries", self.query.tables, rows, next);
        if state.leader == self.at as u8 {
            let mut next = *state;
            self.fail(&mut next);
            self.finish(&mut next);
            out.add(self.actor(), "fails, and leaves its turn to those who wait", next);
        }
    }

    /// A load inside a transaction shows what the transaction sees, and stores nothing.
    fn snapshot(&self, state: &State, out: &mut Steps<'_>) {
        let mut next = *state;
        let rows = only(self.query.tables, state.database);
        if self.world.mutation == Mutation::StoreInTransaction {
            next.loads[self.at].rows = rows;
            self.check(&mut next, Aim::Stamp);
        } else {
            self.finish(&mut next);
        }
        out.rows(
            self.actor(),
            "begins a transaction, which sees",
            self.query.tables,
            rows,
            next,
        );
    }

    /// Returns the rows to the caller, and to the loads that wait for them.
    fn give(&self, next: &mut State) {
        let Load { rows, stamp, floor, .. } = next.loads[self.at];
        if !self.query.in_transaction {
            if newest(rows, floor) != rows {
                next.broken = self.at as u8;
                return; // the state stays as it is, so that `promise` finds it
            }
            next.floor = newest(next.floor, rows);
        }
        self.finish(next);
        if next.leader == self.at as u8 {
            self.leave(next, |waiter, next| {
                next.loads[waiter.at].rows = rows;
                next.loads[waiter.at].stamp = stamp;
                match self.world.mutation {
                    Mutation::WaiterTakesUnseen => waiter.give(next),
                    _ => waiter.check(next, Aim::Leader),
                }
            });
        }
    }

    /// Gives up the lead, if this load has it. Each load that waits then queries for itself.
    fn fail(&self, next: &mut State) {
        if next.leader == self.at as u8 {
            self.leave(next, |waiter, next| waiter.check(next, Aim::Stamp));
        }
    }

    /// Ends the flight, and applies `then` to each load that waits.
    fn leave(&self, next: &mut State, then: impl Fn(&One<'_>, &mut State)) {
        next.leader = NONE;
        for at in 0..self.world.readers.len() {
            if next.loads[at].at == Loading::Wait {
                then(&One { at, ..*self }, next);
            }
        }
    }

    /// Ends the load. Everything but the number of the next load is forgotten.
    fn finish(&self, next: &mut State) {
        let number = next.loads[self.at].number + 1;
        next.loads[self.at] = Load {
            number,
            ..State::start(0).loads[0]
        };
    }
}
