//! The faults of machines, and the plans from which a run chooses them.

use std::time::Duration;

use diesel_cache_tests::{Rng, Towards, Traffic};

/// A set of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
    /// No faults.
    Calm,
    /// Processes are paused, for less and for more than their lease, and killed.
    Members,
    /// The messages of processes are late, and their connections are cut, but never for long enough that a lease runs
    /// out.
    Network,
    /// Redis is killed or paused, loses data, evicts entries, and closes connections, for less time than a writer waits
    /// for it.
    Coordinator,
    /// All faults of the plans above.
    All,
    /// Every other process is cut off from time to time, for its lease or longer. Such a process never writes, because
    /// a cluster promises nothing for writes of a process that is cut off.
    CutOff,
    /// The coordinator is behind sentinels. Its master is replaced on demand, because it is killed, or because it is
    /// paused. Processes are killed.
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

    /// Returns `true` if the process with this number writes in a run of the plan.
    pub fn writes(self, process: u32) -> bool {
        self != Self::CutOff || process.is_multiple_of(2)
    }

    /// Chooses the time until the next fault. It is longer with failovers, because there are no hits during the first
    /// leases of the epoch that follows one.
    pub fn pause(self, rng: &mut Rng, lease: Duration) -> Duration {
        let lease = if self == Self::Failover { lease * 3 } else { lease };
        lease * (50 + rng.below(300)) as u32 / 100
    }

    /// Chooses the next fault. Durations are percentages of the lease.
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
    /// A process is paused.
    Pause(Duration),
    /// A process is killed, and another one takes its place.
    Kill,
    /// The connections of a process are closed.
    Cut,
    /// The messages between a process and Redis are late, held back, or lost.
    Traffic(&'static [Towards], Traffic, Duration),
    /// Redis is killed, and starts again later without its data.
    Restart(Duration),
    /// Redis is paused.
    Stop(Duration),
    /// Redis has so little memory that it evicts every key that it can.
    Evict(Duration),
    /// Redis executes a command.
    Command(&'static [&'static str]),
    /// The sentinels replace the master. The former master stays one for up to this time.
    Switch(Duration),
    /// The master is killed, and starts again later without its data.
    KillMaster(Duration),
    /// The master is paused.
    StopMaster(Duration),
}

impl Fault {
    /// Returns the name in the report.
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
