//! The loads of a member, which read only its mirror and the end of its lease.

use super::state::*;
use super::{Cluster, Mutation, push};
use crate::step::{Actor, Numbers, Step};

impl Cluster {
    pub(super) fn load(&self, state: &State, at: usize, out: &mut Vec<(Step, State)>) {
        let (actor, load, member) = (Actor::Reader(at), state.loads[at], &state.members[at]);
        let now = (member.epoch, member.generation);
        let may_serve = self.may_serve(member);
        let mut next = *state;
        let me = &mut next.loads[at];
        let (verb, numbers) = match load.at {
            Loading::Idle if load.made == self.loads[at] => return,
            Loading::Idle => {
                *me = Load {
                    at: Loading::Look,
                    floor: state.floor,
                    own: self.own_floor(state, at),
                    ..Load::start(load.made)
                };
                ("starts", Numbers::None)
            }
            Loading::Look if !may_serve => {
                if self.may_serve_stale(member, at) {
                    hits(state, at, now, true, out);
                }
                me.at = Loading::Bypass;
                ("may not use the cache", Numbers::None)
            }
            Loading::Look => {
                hits(state, at, now, false, out);
                me.at = Loading::Query;
                me.stamp = now;
                ("finds no entry, and stamps the generation", Numbers::One(now.1))
            }
            Loading::Query | Loading::Bypass => {
                me.rows = state.database;
                me.at = match load.at {
                    Loading::Query => Loading::Store,
                    _ => Loading::Return,
                };
                ("queries", Numbers::Rows(1, [state.database, 0]))
            }
            Loading::Store => {
                me.at = Loading::Return;
                if may_serve && now == load.stamp {
                    next.store(load.rows, load.stamp);
                    ("stores", Numbers::Rows(1, [load.rows, 0]))
                } else {
                    ("may not store", Numbers::None)
                }
            }
            Loading::Return => {
                *me = Load::start(load.made + 1);
                if !self.by_hand {
                    next.floor = next.floor.max(load.rows);
                }
                ("returns", Numbers::Rows(1, [load.rows, 0]))
            }
        };
        push(out, actor, verb, numbers, next);
    }

    fn may_serve(&self, member: &Member) -> bool {
        let leased = member.lease != Lease::None || self.mutation == Mutation::NoLease;
        leased && member.connected && member.serves && member.fences == 0
    }

    /// Returns `true` if the member has a mirror by which it has served, and no fence is set, above all none of its
    /// own writers.
    fn may_serve_stale(&self, member: &Member, at: usize) -> bool {
        let fences = match self.mutation {
            Mutation::StaleWithoutOwn => member.fences & !(1 << at),
            _ => member.fences,
        };
        self.stale && member.serves && fences == 0
    }

    /// Returns the version that the writer of this process has committed and returned.
    fn own_floor(&self, state: &State, at: usize) -> u8 {
        let writer = &state.writers[at];
        match writer.at {
            Writing::Owes | Writing::Done if self.stale => writer.committed,
            _ => 0,
        }
    }
}

/// Collects a hit for each entry whose stamp is valid.
fn hits(state: &State, at: usize, now: Stamp, is_stale: bool, out: &mut Vec<(Step, State)>) {
    for version in 0..=state.database {
        if state.has_entry(version, now) {
            let mut next = *state;
            next.loads[at].at = Loading::Return;
            next.loads[at].stamp = now;
            next.loads[at].rows = version;
            next.loads[at].is_stale = is_stale;
            let verb = if is_stale { "has a stale hit" } else { "hits" };
            push(out, Actor::Reader(at), verb, Numbers::Rows(1, [version, 0]), next);
        }
    }
}
