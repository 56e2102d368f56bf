//! Merges states that differ only in what nobody will read.

use super::queue::Event;
use super::state::*;

impl State {
    /// `may_end`: another epoch may follow. `stale`: members read their mirrors without a lease.
    pub(super) fn without_what_nobody_reads(mut self, may_end: bool, stale: bool) -> Self {
        self.entries &= self.readable(stale);
        for (at, member) in self.members.iter_mut().enumerate() {
            if member.connected || stale {
                continue;
            }
            // The member will join before it serves.
            member.generation = 0;
            member.serves = false;
            if !may_end && member.epoch == self.coordinator.epoch {
                // The member will upload nothing to another epoch.
                member.fences &= 1 << at;
            }
        }
        for writer in &mut self.writers {
            if writer.at != Writing::Fenced {
                writer.epoch = 0;
            }
            if writer.at == Writing::Done && !stale {
                writer.committed = 0;
                if writer.outcome != Outcome::Pending {
                    writer.outcome = Outcome::None;
                }
            }
        }
        for load in &mut self.loads {
            if !matches!(load.at, Loading::Query | Loading::Store) {
                load.stamp = (0, 0);
            }
        }
        self
    }

    /// The entries whose stamps a member can have, now or later.
    fn readable(&self, stale: bool) -> u64 {
        let mut mask = all_versions((self.coordinator.epoch, self.coordinator.generation));
        for member in &self.members {
            let mut epoch = member.epoch;
            if member.connected || stale {
                mask |= all_versions((epoch, member.generation));
            }
            if let Reply::Snapshot {
                epoch: joined,
                generation,
                ..
            } = member.reply
            {
                epoch = joined;
                mask |= all_versions((epoch, generation));
            }
            let mut queue = member.queue;
            while let Some(event) = queue.pop() {
                if let Event::Lift(_, generation) | Event::Bump(generation) = event {
                    mask |= all_versions((epoch, generation));
                }
            }
        }
        mask
    }
}

fn all_versions(stamp: Stamp) -> u64 {
    (0..4)
        .map(|version| entry(version, stamp))
        .fold(0, |mask, entry| mask | entry)
}
