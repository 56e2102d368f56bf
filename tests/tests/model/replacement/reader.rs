//! Loads in the process that has replaced the file, which use the new file, and a load in another process, without the
//! cache.

use super::push;
use super::state::*;
use crate::step::{Actor, Numbers, Step};

pub(super) fn load(state: &State, out: &mut Vec<(Step, State)>) {
    let mut next = *state;
    if state.others > 0 {
        next.others -= 1;
        next.floor = next.floor.max(state.version);
        push(
            out,
            Actor::Reader(1),
            "queries without the cache, and returns",
            Numbers::Rows(1, [state.version, 0]),
            next,
        );
        next = *state;
    }
    if state.replacing != Replacing::Done || state.load.left == 0 || state.broken {
        return;
    }
    let (me, file) = (&mut next.load, state.new);
    let fenced = file.fenced || state.ghost;
    let (mut numbers, mut returns) = (Numbers::None, false);
    let verb = match state.load.at {
        Loading::Idle => {
            me.floor = state.floor;
            me.at = Loading::Epoch;
            if let Some((rows, stamp)) = state.entry {
                (me.rows, me.stamp, me.at) = (rows, stamp, Loading::HitEpoch);
            }
            if state.entry.is_some() {
                "starts, and finds an entry"
            } else {
                "starts, and finds nothing"
            }
        }
        Loading::HitEpoch => {
            let same = file.epoch == state.load.stamp.0;
            me.at = if same { Loading::HitFence } else { Loading::Epoch };
            if same {
                "finds the stamp's epoch"
            } else {
                "finds another epoch"
            }
        }
        Loading::HitFence => {
            me.at = if fenced { Loading::Epoch } else { Loading::HitGeneration };
            if fenced {
                "finds a fence on A"
            } else {
                "finds no fence on A"
            }
        }
        Loading::HitGeneration => {
            returns = file.generation == state.load.stamp.1;
            me.at = Loading::Epoch;
            if returns {
                "finds the stamp's generation of A, and returns"
            } else {
                "finds a newer generation of A"
            }
        }
        Loading::Epoch => {
            me.stamp = (file.epoch, 0);
            me.at = Loading::Fence;
            "stamps the epoch"
        }
        Loading::Fence => {
            me.at = if fenced { Loading::Bypass } else { Loading::Generation };
            if fenced {
                "finds a fence on A"
            } else {
                "finds no fence on A"
            }
        }
        Loading::Generation => {
            me.stamp.1 = file.generation;
            me.at = Loading::Query;
            "stamps the generation of A"
        }
        Loading::Query | Loading::Bypass => {
            me.rows = state.version;
            numbers = Numbers::Rows(1, [state.version, 0]);
            returns = state.load.at == Loading::Bypass;
            me.at = Loading::Store;
            "queries"
        }
        Loading::Store => {
            // The check of the stamp before the store is left out, because it is no safeguard.
            next.entry = Some((state.load.rows, state.load.stamp));
            returns = true;
            "stores"
        }
    };
    if returns {
        let Load { left, floor, rows, .. } = next.load;
        next.broken = rows < floor;
        next.floor = next.floor.max(rows);
        if !next.broken {
            next.load = Load {
                left: left - 1,
                at: Loading::Idle,
                floor: 0,
                rows: 0,
                stamp: (0, 0),
            };
        }
    }
    push(out, Actor::Reader(0), verb, numbers, next);
}
