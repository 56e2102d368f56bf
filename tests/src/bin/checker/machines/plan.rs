//! What may go wrong between machines, and which of it a run chooses from.

use std::time::Duration;

use diesel_cache_tests::{Rng, Towards, Traffic};

/// A set of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
    /// None.
    Calm,
    /// Processes stop for shorter and for longer than their lease, and are killed.
    Members,
    /// Messages of one process arrive late, and its connections are cut, for less than its lease lasts without them.
    Network,
    /// Redis is killed, stops, forgets, evicts, and closes connections, for less time than a writer waits for it.
    Coordinator,
    /// All of these.
    All,
    /// One process after the other is cut off for longer than its lease. Those that are cut off at times write nothing:
    /// what is promised of a process that writes meanwhile ends here.
    CutOff,
    /// The coordinator is behind sentinels, and its master is replaced: on demand, because it dies, or because it stops.
    /// Processes are killed.
    Failover,
}

impl Plan {
    pub const ALL: [Self; 7] = [
        Self::Calm,
        Self::Members,
        Self::Network,
        Self::Coordinator,
        Self::All,
        Self::CutOff,
        Self::Failover,
    ];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Members => "members",
            Self::Network => "network",
            Self::Coordinator => "coordinator",
            Self::All => "all",
            Self::CutOff => "cut-off",
            Self::Failover => "failover",
        }
    }

    /// Does a process of this number write in a run of the plan?
    pub fn writes(self, process: u32) -> bool {
        self != Self::CutOff || process.is_multiple_of(2)
    }

    /// Chooses how long it takes until the next fault. A new epoch needs some leases before there are hits.
    pub fn pause(self, rng: &mut Rng, lease: Duration) -> Duration {
        let lease = if self == Self::Failover { lease * 3 } else { lease };
        lease * (50 + rng.below(300)) as u32 / 100
    }

    /// Chooses the next fault. Its durations are parts of the lease.
    pub fn choose(self, rng: &mut Rng, lease: Duration) -> Option<Fault> {
        let part = |rng: &mut Rng, from: u64, to: u64| lease * (from + rng.below(to - from)) as u32 / 100;
        let plans: &[Self] = match self {
            Self::Calm => return None,
            Self::All => &[Self::Members, Self::Network, Self::Coordinator],
            Self::Members => &[Self::Members],
            Self::Network => &[Self::Network],
            Self::Coordinator => &[Self::Coordinator],
            Self::CutOff => &[Self::CutOff],
            Self::Failover => &[Self::Failover],
        };
        Some(match rng.pick(plans) {
            Self::Members => match rng.below(3) {
                0 => Fault::Pause(part(rng, 10, 90)),
                1 => Fault::Pause(part(rng, 110, 300)),
                _ => Fault::Kill,
            },
            Self::Network => match rng.below(4) {
                0 => Fault::Cut,
                1 => {
                    let late = Traffic::Delay(part(rng, 1, 8));
                    Fault::Traffic(directions(rng), late, part(rng, 50, 200))
                }
                _ => Fault::Traffic(directions(rng), Traffic::Hold, part(rng, 5, 30)),
            },
            Self::CutOff => {
                let traffic = rng.pick(&[Traffic::Hold, Traffic::Lose]);
                Fault::Traffic(directions(rng), traffic, part(rng, 100, 300))
            }
            Self::Failover => match rng.below(8) {
                0..5 => Fault::Switch(part(rng, 20, 900)),
                5 => Fault::KillMaster(part(rng, 200, 900)),
                6 => Fault::StopMaster(part(rng, 100, 900)),
                _ => Fault::Kill,
            },
            _ => match rng.below(8) {
                0 | 1 => Fault::Restart(part(rng, 0, 60)),
                2 => Fault::Command(&["FLUSHALL"]),
                3 => Fault::Command(&["CLIENT", "KILL", "TYPE", "normal"]),
                4 => Fault::Command(&["SCRIPT", "FLUSH"]),
                5 => Fault::Evict(part(rng, 1, 30)),
                6 => Fault::Stop(part(rng, 5, 60)),
                _ => Fault::Stop(part(rng, 60, 80)),
            },
        })
    }
}

fn directions(rng: &mut Rng) -> &'static [Towards] {
    rng.pick(&[
        &[Towards::Server, Towards::Client][..],
        &[Towards::Server],
        &[Towards::Client],
    ])
}

/// One fault, and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A process stops.
    Pause(Duration),
    /// A process is killed, and another one takes its place.
    Kill,
    /// The connections of a process are closed.
    Cut,
    /// What a process and Redis say is late, held back, or lost.
    Traffic(&'static [Towards], Traffic, Duration),
    /// Redis is killed, and starts again later, with nothing.
    Restart(Duration),
    /// Redis stops.
    Stop(Duration),
    /// Redis has so little memory that it evicts what it can.
    Evict(Duration),
    /// Redis is told something.
    Command(&'static [&'static str]),
    /// The sentinels replace the master, which does not know of it for so long.
    Switch(Duration),
    /// The master is killed, and starts again later, with nothing.
    KillMaster(Duration),
    /// The master stops.
    StopMaster(Duration),
}

impl Fault {
    /// Returns a name for the report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pause(_) => "paused",
            Self::Kill => "killed",
            Self::Cut => "cut",
            Self::Traffic(_, Traffic::Delay(_), _) => "late",
            Self::Traffic(_, Traffic::Hold, _) => "held",
            Self::Traffic(..) => "lost",
            Self::Restart(_) => "Redis killed",
            Self::Stop(_) => "Redis stopped",
            Self::Evict(_) => "evicted",
            Self::Command(words) => words[0],
            Self::Switch(_) => "switched",
            Self::KillMaster(_) => "master killed",
            Self::StopMaster(_) => "master stopped",
        }
    }
}
